import CloroMock
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A `curl` line of an article, and the line after it with the expected answer: `# 201`, or `# 201
/// {"credits": 20}` for an answer that has these members.
struct CurlExample {
  struct Malformed: Error {
    let line: String
    let reason: String
  }

  let line: String
  let status: Int
  let body: JSON?
  private var method = "GET"
  private var path = ""
  private var headers: [(name: String, value: String)] = []
  private var content: String?

  /// All examples of a block, which may contain nothing else.
  static func all(in block: String) throws -> [CurlExample] {
    let lines = block.replacingOccurrences(of: "\\\n", with: " ").split(separator: "\n")
    guard lines.count.isMultiple(of: 2) else {
      throw Malformed(line: block, reason: "each curl line needs a line that says what comes")
    }
    return try stride(from: 0, to: lines.count, by: 2).map { index in
      try CurlExample(String(lines[index]), says: String(lines[index + 1]))
    }
  }

  private init(_ line: String, says expectation: String) throws {
    self.line = line
    let parts = expectation.split(separator: " ", maxSplits: 2)
    guard parts.count >= 2, parts[0] == "#", let status = Int(parts[1]) else {
      throw Malformed(line: expectation, reason: "not the form # STATUS [JSON]")
    }
    self.status = status
    body = try parts.dropFirst(2).first.map { try JSON(parsing: $0.utf8) }
    var words = Self.words(line)[...]
    guard words.popFirst() == "curl" else { throw Malformed(line: line, reason: "no curl") }
    while let word = words.popFirst() {
      switch word {
      case "-X": method = words.popFirst() ?? ""
      case "-d":
        content = words.popFirst()
        if method == "GET" { method = "POST" }
      case "-H":
        let field = (words.popFirst() ?? "").components(separatedBy: ": ")
        headers.append((field[0], field.dropFirst().joined(separator: ": ")))
      default:
        guard word.hasPrefix("localhost:8080/") else {
          throw Malformed(line: line, reason: "\(word) is not understood")
        }
        path = String(word.dropFirst("localhost:8080".count))
      }
    }
  }

  /// The words as a shell splits them, with single and double quotes and no expansion.
  private static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      switch character {
      case quote: quote = nil
      case "'" where quote == nil, "\"" where quote == nil:
        quote = character
        word = word ?? ""
      case " " where quote == nil:
        if let done = word { words.append(done) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }

  /// Sends the request to a double.
  func send(to url: String) async throws -> (status: Int, text: String, body: JSON?) {
    guard let address = URL(string: url + path) else {
      throw Malformed(line: line, reason: "no address")
    }
    var request = URLRequest(url: address)
    request.httpMethod = method
    request.httpBody = content.map { Data($0.utf8) }
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let session = URLSession(configuration: .ephemeral)
    defer { session.finishTasksAndInvalidate() }
    let (data, response) = try await session.data(for: request)
    return (
      (response as! HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self),
      try? JSON(parsing: data)
    )
  }

  /// Whether a value contains everything that another one does; the elements of an array are
  /// compared in order.
  static func contains(_ value: JSON, _ expected: JSON) -> Bool {
    switch (value, expected) {
    case (.object(let object), .object(let wanted)):
      wanted.members.allSatisfy { member in
        object[member.name].map { contains($0, member.value) } ?? false
      }
    case (.array(let elements), .array(let wanted)):
      elements.count == wanted.count && zip(elements, wanted).allSatisfy { contains($0, $1) }
    default: value == expected
    }
  }
}
