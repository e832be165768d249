import JSON

/// One message of an agent: a JSON-RPC 2.0 object. Batches went with revision 2025-06-18 of the
/// Model Context Protocol, the oldest that is spoken here.
package enum AgentMessage: Sendable {
  /// Wants an answer. The identifier is a text or a whole number, never null.
  case request(id: JSON, method: String, params: JSONObject)
  /// Wants none.
  case notification(method: String, params: JSONObject)
  /// An answer. The double asks agents for nothing, so it means nothing.
  case response

  /// The most bytes of a message.
  package static let longest = 1 << 20

  /// Reads a message.
  ///
  /// - Throws: ``AgentError`` −32700 for bytes that are no JSON, −32600 for JSON that is no
  ///   message, and −32602 for members that aren't an object.
  package init(parsing bytes: [UInt8]) throws(AgentError) {
    guard bytes.count <= Self.longest else { throw .tooLong(bytes.count) }
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: bytes)
    } catch {
      throw AgentError(.parse, "The message is not JSON: \(error).")
    }
    try self.init(json)
  }

  private init(_ json: JSON) throws(AgentError) {
    guard let object = json.object else {
      throw .invalid("A message is one object, found \(json.typeName); there are no batches.")
    }
    guard object["jsonrpc"]?.string == "2.0" else {
      throw .invalid("jsonrpc: expected \"2.0\"", of: Self.identifier(object["id"]))
    }
    let id = object["id"]
    guard let name = object["method"] else {
      guard id != nil, object["result"] != nil || object["error"] != nil else {
        throw .invalid("method: is missing", of: Self.identifier(id))
      }
      self = .response
      return
    }
    if let id, Self.identifier(id) == nil {
      throw .invalid("id: expected a text or a whole number, found \(id.typeName)")
    }
    guard let method = name.string else {
      throw .invalid("method: expected a text, found \(name.typeName)", of: id)
    }
    guard let params = (object["params"] ?? [:]).object else {
      throw AgentError(
        .params, "params: expected an object, found \(object["params"]!.typeName)",
        id: id ?? .null)
    }
    if let id {
      self = .request(id: id, method: method, params: params)
    } else {
      self = .notification(method: method, params: params)
    }
  }

  /// An identifier that an answer can name.
  private static func identifier(_ id: JSON?) -> JSON? {
    switch id {
    case .string(let text) where text.utf8.count <= 1024: id
    case .integer: id
    default: nil
    }
  }
}
