import JSON

/// A refusal as JSON-RPC 2.0 writes it: `{"code", "message", "data"?}`.
package struct AgentError: Error, Sendable {
  /// The codes of JSON-RPC 2.0, section 5.1.
  package enum Code: Int, Sendable {
    case parse = -32700
    case invalid = -32600
    case method = -32601
    case params = -32602
    case `internal` = -32603
  }

  package let code: Code
  package let message: String
  var data: JSON?
  /// The request that is refused; null when it isn't known.
  var id: JSON

  /// - Parameter message: Is shown; what it quotes is escaped and cut.
  init(_ code: Code, _ message: String, data: JSON? = nil, id: JSON = .null) {
    self.code = code
    self.message = ShownText.message(message, atMost: 8192)
    self.data = data
    self.id = id
  }

  static func invalid(_ message: String, of id: JSON? = nil) -> AgentError {
    AgentError(.invalid, message, id: id ?? .null)
  }

  static func tooLong(_ count: Int) -> AgentError {
    .invalid("A message has at most \(AgentMessage.longest) bytes, found \(count).")
  }

  /// A name that there isn't, with the nearest that there is.
  static func unknown(
    _ code: Code, _ kind: String, _ name: String, _ known: [String]
  ) -> AgentError {
    AgentError(
      code,
      "There is no \(kind) \"\(ShownText.value(name))\""
        + ObjectReader.alternatives(to: name, in: known),
      data: JSON(ObjectReader.nearest(name, known)).isNull
        ? nil : ["nearest": JSON(ObjectReader.nearest(name, known))])
  }

  /// The whole message.
  var json: JSON {
    var error: JSONObject = ["code": JSON(code.rawValue), "message": .string(message)]
    if let data { error.append("data", data) }
    return ["jsonrpc": "2.0", "id": id, "error": .object(error)]
  }
}

extension JSON {
  fileprivate var isNull: Bool { if case .null = self { true } else { false } }
}
