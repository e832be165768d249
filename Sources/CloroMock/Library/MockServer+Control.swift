import HTTPServer
import JSON
import Simulation

extension MockServer {
  /// Performs a call of the control API in process.
  ///
  /// - Parameter query: What is nil is left out.
  func perform(
    _ method: HTTPMethod, _ path: String..., query: KeyValuePairs<String, String?> = [:],
    body: JSON? = nil
  ) async throws(ControlRefusal) -> ControlReply {
    var parameters: [(name: String, value: String)] = []
    for (name, value) in query { if let value { parameters.append((name, value)) } }
    do throws(ControlError) {
      return ControlReply(
        try await control.perform(method, path, query: parameters, body: body).response.body)
    } catch {
      throw ControlRefusal(error)
    }
  }
}

/// An answer of the control API, or a part of one, from which the library's values are made.
struct ControlReply {
  private enum Content {
    case bytes([UInt8])
    case json(JSON)
  }

  private let content: Content

  init(_ bytes: [UInt8]) { content = .bytes(bytes) }

  private init(_ json: JSON) { content = .json(json) }

  /// The answer as it is.
  var text: String {
    switch content {
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .json(let json): String(decoding: json.encoded, as: UTF8.self)
    }
  }

  func json() throws(MockServer.ControlRefusal) -> JSON {
    switch content {
    case .json(let json): return json
    case .bytes(let bytes):
      do throws(JSONError) {
        return try JSON(parsing: bytes)
      } catch {
        throw Self.unexpected("is no JSON: \(error)")
      }
    }
  }

  /// The answer once it is read, so that its members needn't be looked for in text each time.
  func parsed() throws(MockServer.ControlRefusal) -> ControlReply { ControlReply(try json()) }

  // MARK: Members

  /// A member; nil when it is absent or null.
  func member(_ name: String) throws(MockServer.ControlRefusal) -> JSON? {
    let value = try json()[name]
    return value == .null ? nil : value
  }

  /// A member of a type.
  func read<Value>(
    _ name: String, _ convert: (JSON) -> Value?
  ) throws(MockServer.ControlRefusal) -> Value {
    guard let value = try member(name).flatMap(convert) else {
      throw Self.unexpected("has no usable \(name)")
    }
    return value
  }

  func string(_ name: String) throws(MockServer.ControlRefusal) -> String {
    try read(name) { $0.string }
  }

  func integer(_ name: String) throws(MockServer.ControlRefusal) -> Int {
    try read(name) { $0.integer.map { Int($0) } }
  }

  func bool(_ name: String) throws(MockServer.ControlRefusal) -> Bool {
    try read(name) { $0.bool }
  }

  func time(_ name: String) throws(MockServer.ControlRefusal) -> Timestamp {
    try read(name) { $0.string.flatMap(Timestamp.init(text:)) }
  }

  func object(_ name: String) throws(MockServer.ControlRefusal) -> ControlReply {
    ControlReply(try read(name) { $0.object.map(JSON.object) })
  }

  /// Values that are made of the elements of an array.
  func list<Value>(
    _ name: String,
    _ make: (ControlReply) throws(MockServer.ControlRefusal) -> Value
  ) throws(MockServer.ControlRefusal) -> [Value] {
    var values: [Value] = []
    for element in try read(name, { $0.array }) { values.append(try make(ControlReply(element))) }
    return values
  }

  /// The library and the control API have come apart: a fault of the double's own.
  private static func unexpected(_ what: String) -> MockServer.ControlRefusal {
    MockServer.ControlRefusal(
      status: 500, code: "INTERNAL_ERROR", message: "The double's own answer \(what).",
      details: nil)
  }
}

extension JSONObject {
  /// Appends a member unless its value is nil.
  mutating func append(_ name: String, ifGiven value: JSON?) {
    if let value { append(name, value) }
  }
}

extension JSON {
  /// A number, or nil for nil.
  static func number(_ number: Int?) -> JSON? { number.map { JSON($0) } }

  /// A text, or nil for nil.
  static func text(_ text: String?) -> JSON? { text.map { .string($0) } }
}
