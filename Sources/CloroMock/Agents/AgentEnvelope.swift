import Bytes
import CloroContract
import HTTPServer
import JSON

/// What a request that belongs to no session says of itself: two members of `_meta`, and over HTTP
/// the fields that repeat parts of the message for whoever stands in between. (Model Context
/// Protocol 2026-07-28, basic/index and basic/transports/streamable-http)
package enum AgentEnvelope {
  static let version = "io.modelcontextprotocol/protocolVersion"
  static let capabilities = "io.modelcontextprotocol/clientCapabilities"
  static let client = "io.modelcontextprotocol/clientInfo"

  /// The most bytes of a field's value.
  private static let longest = 4096

  /// Whether parameters are those of a request that belongs to no session. The prefix is the
  /// protocol's own, so that older requests never have these members.
  package static func marks(_ params: JSONObject) -> Bool {
    let meta = params["_meta"]
    return meta?[version] != nil || meta?[capabilities] != nil
  }

  /// Whether a message belongs to no session.
  ///
  /// - Parameters:
  ///   - version: What `MCP-Protocol-Version` says.
  ///   - hasSession: Whether the request names a session.
  static func isStateless(_ message: AgentMessage, version: String?, hasSession: Bool) -> Bool {
    switch message {
    case .request(_, "initialize", _): return false
    case .request(_, _, let params) where marks(params): return true
    default:
      guard let version else { return false }
      guard let revision = AgentRevision(rawValue: version) else { return !hasSession }
      return !revision.hasSessions
    }
  }

  // MARK: What must be there

  /// Judges a request: first that it says what it has to, then that its fields repeat it, then that
  /// its revision is spoken. So one that contradicts itself isn't told that it is too new.
  ///
  /// - Parameter fields: Those of HTTP.
  /// - Throws: ``AgentError`` −32602, −32020 or −32022.
  package static func check(
    _ method: String, _ params: JSONObject, _ fields: HTTPFields
  ) throws(AgentError) {
    guard let meta = params["_meta"]?.object else {
      throw AgentError(.params, "_meta: must be an object with \(version) and \(capabilities)")
    }
    for name in [version, capabilities] where meta[name] == nil {
      throw AgentError(.params, "_meta: \(name) is missing")
    }
    guard let asked = meta[version]?.string else {
      throw wrongType(version, "a string", meta)
    }
    for name in [capabilities, client] {
      if let value = meta[name], value.object == nil { throw wrongType(name, "an object", meta) }
    }
    try compare(asked, method, params, fields)
    guard AgentRevision(rawValue: asked)?.hasSessions == false else { throw unsupported(asked) }
  }

  /// - Throws: ``AgentError`` −32022 unless a field names a revision without sessions.
  static func check(version: String) throws(AgentError) {
    guard AgentRevision(rawValue: version)?.hasSessions == false else { throw unsupported(version) }
  }

  private static func wrongType(
    _ name: String, _ expected: String, _ meta: JSONObject
  ) -> AgentError {
    AgentError(
      .params, "_meta: \(name): expected \(expected), found \(meta[name]?.typeName ?? "nothing")")
  }

  /// The refusal of a revision, with all that are spoken: those with sessions by `initialize`.
  private static func unsupported(_ asked: String) -> AgentError {
    AgentError(
      .version, "Unsupported protocol version",
      data: [
        "supported": .array(AgentRevision.names.map(JSON.string)),
        "requested": .string(ShownText.value(asked)),
      ])
  }

  // MARK: What fields repeat

  /// The parameter that `Mcp-Name` repeats.
  private static func named(_ method: String) -> String? {
    switch method {
    case "tools/call", "prompts/get": "name"
    case "resources/read": "uri"
    default: nil
    }
  }

  private static func compare(
    _ version: String, _ method: String, _ params: JSONObject, _ fields: HTTPFields
  ) throws(AgentError) {
    var seen: Set<String> = []
    for field in fields.all.map({ $0.name.lowercased() })
    where ["mcp-protocol-version", "mcp-method", "mcp-name"].contains(field) {
      guard seen.insert(field).inserted else {
        throw AgentError(.fields, "Header mismatch: \(field) appears more than once")
      }
    }
    try compare("MCP-Protocol-Version", in: fields, with: version) { $0 }
    try compare("Mcp-Method", in: fields, with: method) { $0 }
    guard let name = named(method), let value = params[name]?.string else { return }
    try compare("Mcp-Name", in: fields, with: value, read: decoded)
  }

  /// - Parameter read: What a field's value says; nil for a value that nobody writes.
  private static func compare(
    _ name: StaticString, in fields: HTTPFields, with expected: String, read: (String) -> String?
  ) throws(AgentError) {
    guard let value = fields[name] else {
      throw AgentError(.fields, "Header mismatch: \(name) is missing")
    }
    guard let found = read(value) else {
      throw AgentError(.fields, "Header mismatch: \(name) is no Base64 of a text")
    }
    guard found.hasSameBytes(as: expected) else {
      throw AgentError(
        .fields,
        "Header mismatch: \(name) is \"\(ShownText.value(found))\", the message says "
          + "\"\(ShownText.value(expected))\"")
    }
  }

  /// The fields that repeat a message, with values that HTTP can carry.
  ///
  /// - Throws: ``AgentError`` for a method, a revision or a name that no field can carry, so that
  ///   there can't be one.
  package static func fields(
    _ method: String, _ params: JSONObject
  ) throws(AgentError) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    if let asked = params["_meta"]?[version]?.string {
      guard isPlain(asked) else { throw unsupported(asked) }
      fields.append(("MCP-Protocol-Version", asked))
    }
    guard isPlain(method) else {
      throw .unknown(.method, "method", method, AgentRevision.july2026.methods)
    }
    fields.append(("Mcp-Method", method))
    if let name = named(method), let value = params[name]?.string {
      guard value.utf8.count <= longest / 2 else {
        throw AgentError(
          .params,
          "\(name): expected at most \(longest / 2) bytes, found \(value.utf8.count)")
      }
      fields.append(("Mcp-Name", encoded(value)))
    }
    return fields
  }

  /// Whether a field carries a text as it is: visible ASCII, without white space around it.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.count <= longest && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
      && text.utf8.first != 0x20 && text.utf8.last != 0x20
  }

  private static let (prefix, suffix) = ("=?base64?", "?=")

  private static func isEncoded(_ text: String) -> Bool {
    text.hasPrefix(prefix) && text.hasSuffix(suffix)
      && text.utf8.count >= prefix.utf8.count + suffix.utf8.count
  }

  /// A text as `Mcp-Name` carries it.
  private static func encoded(_ text: String) -> String {
    guard !isPlain(text) || isEncoded(text) else { return text }
    return prefix + Base64.text(of: Array(text.utf8)) + suffix
  }

  /// What `Mcp-Name` says; nil for what nobody encodes.
  private static func decoded(_ text: String) -> String? {
    guard isEncoded(text) else { return text }
    let digits = String(text.dropFirst(prefix.count).dropLast(suffix.count))
    guard let bytes = Base64.bytes(of: digits), Base64.text(of: bytes) == digits else {
      return nil
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
