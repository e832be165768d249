@testable import JSON

extension JSON {
  /// Parses a text.
  static func make(_ text: String) throws(JSONError) -> JSON { try JSON(parsing: Array(text.utf8)) }

  /// The value's compact text.
  var text: String { String(decoding: encoded, as: UTF8.self) }
}

extension ObjectReader {
  /// A reader of an object's text and the problems that it notes.
  static func make(
    _ text: String, path: String = ""
  ) throws -> (reader: ObjectReader?, problems: JSONProblems) {
    let problems = JSONProblems()
    return (ObjectReader(try JSON.make(text), path: path, problems: problems), problems)
  }
}

extension JSONProblems {
  /// The problems as they are shown.
  var texts: [String] { list.map(\.description) }
}
