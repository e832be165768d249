import HTTPServer
import JSON
import Simulation

/// Renders entries of the journal for the control API and the library.
struct JournalRenderer: Sendable {
  let library: ResultLibrary
  private let recent = RecentEntryTexts()

  /// Appends an entry as the control API shows it.
  ///
  /// - Parameter includesBodies: Whether the request's and the response's body are shown. The
  ///   default is true.
  func write(_ row: Journal.Row, includesBodies: Bool = true, to output: inout [UInt8]) {
    guard includesBodies else {
      return seen(row, includesBodies: false).json(includesBodies: false).write(to: &output)
    }
    recent.write(row, to: &output) { seen(row).json().encoded }
  }

  /// An entry in the form that is shown.
  ///
  /// - Parameter includesBodies: Whether the request's and the response's body are included. The
  ///   default is true.
  func seen(_ row: Journal.Row, includesBodies: Bool = true) -> SeenRequest {
    let entry = row.entry
    let (request, response) = (entry.request, entry.response)
    return SeenRequest(
      sequence: Int(row.sequence), at: Timestamp(milliseconds: entry.at.milliseconds),
      requestID: entry.requestID?.text, taskID: entry.taskID?.text, key: Self.lastFour(of: entry),
      organization: (entry.key?.organization.name).map(Self.maskingKeys),
      label: entry.label.map(Self.maskingKeys),
      method: Self.maskingKeys(entry.method), path: Self.maskingKeys(entry.path),
      status: response.status, reason: Self.maskingKeys(entry.reason.text),
      latencyMs: Int(entry.latency), creditsCharged: Int(entry.creditsCharged),
      notes: entry.notes.map(Self.maskingKeys),
      questions: includesBodies ? [] : Self.questions(of: entry), isProxied: entry.isProxied,
      traceparent: entry.traceparent.map { Self.maskingKeys($0.text) },
      request: message(
        request.head?.fields ?? HTTPFields(), request.body, includesBodies,
        query: request.head?.query),
      response: message(response.fields, response.body, includesBodies))
  }

  /// How many questions of a batch are shown without its body, and how many characters of each.
  private static let (shownQuestions, shownCharacters) = (20, 300)

  private static func questions(of entry: JournalEntry) -> [String] {
    entry.questions.prefix(shownQuestions).map {
      maskingKeys(String($0.text.prefix(shownCharacters)))
    }
  }

  private func message(
    _ fields: HTTPFields, _ body: JournalEntry.Body, _ includesBody: Bool, query: String? = nil
  ) -> SeenRequest.Message {
    var (bytes, total): ([UInt8], Int) = ([], 0)
    switch body {
    case _ where !includesBody: break
    case .bytes(let kept, let count): (bytes, total) = (kept, count)
    case .rendered(let input):
      bytes = library.body(of: input)
      total = bytes.count
      if total > JournalEntry.keptBody { bytes.removeLast(total - JournalEntry.keptBody) }
    }
    let text = Self.maskingKeys(String(decoding: bytes, as: UTF8.self))
    let isCut = total > bytes.count
    return SeenRequest.Message(
      headers: Self.headers(fields), query: query.map(Self.maskingKeys), body: text,
      bodyBytes: isCut ? total : text.utf8.count, isCut: isCut)
  }

  /// The fields by name. Values of a repeated name are joined, as RFC 9110, section 5.3 allows.
  private static func headers(_ fields: HTTPFields) -> SeenRequest.Headers {
    var headers = JSONObject()
    for (name, value) in fields.all {
      let shown =
        switch name.lowercased() {
        case "authorization": withoutSecret(value)
        // Nothing of it: the end of a Basic credential shows the token's end.
        case "proxy-authorization": "\(value.prefix { $0 != " " }) …"
        default: value
        }
      let before = headers[name]?.string.map { $0 + ", " } ?? ""
      headers[name] = .string(before + shown)
    }
    return SeenRequest.Headers(
      fields: headers.members.map {
        SeenRequest.Headers.Field(
          name: maskingKeys($0.name), value: maskingKeys($0.value.string ?? ""))
      })
  }

  // MARK: Secrets

  /// Replaces keys by their last four characters wherever they occur: in a field other than
  /// `Authorization`, in the query, the path or a body. They are recognized by their form.
  static func maskingKeys(_ text: String) -> String {
    guard text.utf8.count >= APIKeyFormat.length, mayHaveKey(text) else { return text }
    var bytes = Array(text.utf8)
    var (index, isMasked) = (0, false)
    while index + APIKeyFormat.length <= bytes.count {
      guard bytes.withUnsafeBufferPointer({ keyMayBegin(in: $0, at: index) }),
        APIKeyFormat.isValid(
          String(decoding: bytes[index..<index + APIKeyFormat.length], as: UTF8.self))
      else {
        index += 1
        continue
      }
      isMasked = true
      bytes.replaceSubrange(index..<index + APIKeyFormat.length - 4, with: "…".utf8)
      index += "…".utf8.count + 4
    }
    return isMasked ? String(decoding: bytes, as: UTF8.self) : text
  }

  /// Whether what a key begins with stands in a text.
  private static func mayHaveKey(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      (0..<max(0, bytes.count - 2)).contains { keyMayBegin(in: bytes, at: $0) }
    }
  }

  @inline(__always)
  private static func keyMayBegin(in bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    bytes[index] == UInt8(ascii: "s") && bytes[index + 1] == UInt8(ascii: "k")
      && bytes[index + 2] == UInt8(ascii: "_")
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
