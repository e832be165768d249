import HTTPServer
import JSON

/// Renders entries of the journal for the control API.
struct JournalRenderer: Sendable {
  let library: ResultLibrary

  /// Appends an entry.
  ///
  /// - Parameter includesBodies: Whether the request's and the response's body are shown. The
  ///   default is true.
  func write(_ row: Journal.Row, includesBodies: Bool = true, to output: inout [UInt8]) {
    let entry = row.entry
    let (request, response) = (entry.request, entry.response)
    let head: JSONObject = [
      "sequence": .integer(row.sequence),
      "at": .string(entry.at.text),
      "key": JSON(Self.lastFour(of: entry)),
      "organization": JSON(entry.key?.organization.name),
      "method": .string(entry.method),
      "path": .string(entry.path),
      "status": response.status.map { JSON($0) } ?? .null,
      "reason": .string(entry.reason.text),
      "latencyMs": .integer(entry.latency),
      "creditsCharged": .integer(entry.creditsCharged),
      "request": message(
        request.head?.fields ?? HTTPFields(), request.body, includesBodies,
        query: request.head?.query),
      "response": message(response.fields, response.body, includesBodies),
    ]
    let start = output.count
    JSON.object(head).write(to: &output)
    Self.maskKeys(in: &output, from: start)
  }

  /// Replaces keys by their last four characters wherever they occur: in a field other than
  /// `Authorization`, in the query, the path or a body. They are recognized by their form.
  private static func maskKeys(in output: inout [UInt8], from start: Int) {
    let prefix = Array("sk_".utf8)
    var index = start
    while index + 40 <= output.count {
      guard output[index] == prefix[0], output[index + 1] == prefix[1],
        output[index + 2] == prefix[2],
        APIKeyFormat.isValid(String(decoding: output[index..<index + 40], as: UTF8.self))
      else {
        index += 1
        continue
      }
      output.replaceSubrange(index..<index + 36, with: "…".utf8)
      index += "…".utf8.count + 4
    }
  }

  private func message(
    _ fields: HTTPFields, _ body: JournalEntry.Body, _ includesBody: Bool, query: String? = nil
  ) -> JSON {
    var message: JSONObject = ["headers": .object(Self.headers(fields))]
    if let query { message.append("query", .string(query)) }
    guard includesBody else { return .object(message) }
    var bytes: [UInt8]
    var total: Int
    switch body {
    case .bytes(let kept, let count): (bytes, total) = (kept, count)
    case .rendered(let input):
      bytes = library.body(of: input)
      total = bytes.count
      if total > JournalEntry.keptBody { bytes.removeLast(total - JournalEntry.keptBody) }
    }
    message.append("body", .string(String(decoding: bytes, as: UTF8.self)))
    if total > bytes.count { message.append("bodyBytes", JSON(total)) }
    return .object(message)
  }

  /// The fields by name. Values of a repeated name are joined, as RFC 9110, section 5.3 allows.
  private static func headers(_ fields: HTTPFields) -> JSONObject {
    var headers = JSONObject()
    for (name, value) in fields.all {
      let shown = name.lowercased() == "authorization" ? withoutSecret(value) : value
      let before = headers[name]?.string.map { $0 + ", " } ?? ""
      headers[name] = .string(before + shown)
    }
    return headers
  }

  /// The last four characters of the key, or of the token when the request had no valid key.
  private static func lastFour(of entry: JournalEntry) -> String? {
    if let key = entry.key { return String(key.text.suffix(4)) }
    return entry.request.head?.fields["Authorization"].flatMap {
      lastFour(ofToken: token(of: $0))
    }
  }

  /// `Bearer …c10a`: the scheme, and the last four characters of the token.
  static func withoutSecret(_ value: String) -> String {
    let token = token(of: value)
    return "\(value.dropLast(token.count))…\(lastFour(ofToken: token) ?? "")"
  }

  /// What follows the scheme; the whole value when there is no scheme.
  private static func token(of value: String) -> Substring {
    let rest = value.drop { $0 != " " && $0 != "\t" }
    return rest.isEmpty ? value[...] : rest.drop { $0 == " " || $0 == "\t" }
  }

  /// The last four characters; nil for a token so short that they would reveal most of it.
  private static func lastFour(ofToken token: Substring) -> String? {
    token.count >= 12 ? String(token.suffix(4)) : nil
  }
}
