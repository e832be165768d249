import JSON

/// A refusal as JSON-RPC 2.0 writes it: `{"code", "message", "data"?}`.
package struct AgentError: Error, Sendable {
  /// The codes of JSON-RPC 2.0, section 5.1, and two of the Model Context Protocol 2026-07-28.
  package enum Code: Int, Sendable {
    case parse = -32700
    case invalid = -32600
    case method = -32601
    case params = -32602
    case `internal` = -32603
    /// HTTP's fields are missing, or say something else than the message.
    case fields = -32020
    /// The revision isn't spoken.
    case version = -32022
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

  /// The same, of the request with that identifier.
  package func answering(_ id: JSON) -> AgentError {
    var error = self
    error.id = id
    return error
  }

  /// The status that carries it where each request stands for itself. (Model Context Protocol
  /// 2026-07-28, basic/transports/streamable-http)
  var status: Int {
    switch code {
    case .parse, .invalid, .params, .fields, .version: 400
    case .method: 404
    case .internal: 503
    }
  }

  /// The whole message.
  package var json: JSON { json(namesUnknownRequest: true) }

  /// The whole message.
  ///
  /// - Parameter namesUnknownRequest: Whether `id` is null for a request that isn't known, as
  ///   JSON-RPC 2.0 has it. Revision 2026-07-28 leaves it out.
  func json(namesUnknownRequest: Bool) -> JSON {
    var error: JSONObject = ["code": JSON(code.rawValue), "message": .string(message)]
    if let data { error.append("data", data) }
    var whole: JSONObject = ["jsonrpc": "2.0"]
    if namesUnknownRequest || !id.isNull { whole.append("id", id) }
    whole.append("error", .object(error))
    return .object(whole)
  }
}

extension JSON {
  fileprivate var isNull: Bool { if case .null = self { true } else { false } }
}
