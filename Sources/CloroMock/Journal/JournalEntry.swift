import CloroContract
import HTTPServer

/// One request that was seen, with what became of it. Texts are made when it is read.
final class JournalEntry: Sendable {
  /// The most bytes that are kept of a body.
  static let keptBody = 64 * 1024

  /// A request's or an answer's body as it is kept.
  enum Body: Sendable {
    /// The first bytes, and how many there were.
    case bytes([UInt8], total: Int)
    /// A monitor's success: the same input gives the same bytes again, so they needn't be kept.
    case rendered(ResultRenderer.Input)

    init(_ bytes: [UInt8]) {
      let isWhole = bytes.count <= JournalEntry.keptBody
      self = .bytes(isWhole ? bytes : Array(bytes.prefix(keptBody)), total: bytes.count)
    }

    /// The bytes to keep, and how many there were.
    fileprivate var kept: (bytes: [UInt8], total: Int) {
      if case .bytes(let bytes, let total) = self { (bytes, total) } else { ([], 0) }
    }
  }

  /// What the client sent. Method and path are empty when they could not be made out.
  struct Request: Sendable {
    var method = ""
    var path = ""
    /// Without the question mark.
    var query: String?
    var fields = HTTPFields()
    var body = Body([])
  }

  /// What was sent to it.
  struct Response: Sendable {
    /// nil when the connection ended without a status.
    var status: Int?
    /// Without those that the server adds itself: `Date`, `Content-Length` and `Connection`.
    var fields = HTTPFields()
    var body = Body([])
  }

  /// When the request arrived.
  let at: Timestamp
  /// The key that it was accepted for; nil when it was for none.
  let key: APIKey?
  let endpoint: Endpoint
  /// What it was answered with; nil when the connection ended without a status.
  let status: Int?
  let reason: JournalReason
  /// From the arrival to the answer, in milliseconds of the double's clock.
  let latency: Int64
  let creditsCharged: Int64
  private let texts: JournalTexts
  /// What the response's body can be rendered from, instead of its bytes.
  private let rendered: ResultRenderer.Input?

  init(
    at: Timestamp, key: APIKey?, endpoint: Endpoint, request: Request, response: Response,
    reason: JournalReason, latency: Int64, creditsCharged: Int64
  ) {
    self.at = at
    self.key = key
    self.endpoint = endpoint
    status = response.status
    self.reason = reason
    self.latency = latency
    self.creditsCharged = creditsCharged
    texts = JournalTexts(request, response)
    rendered = if case .rendered(let input) = response.body { input } else { nil }
  }

  var method: String { texts.text(.method) }
  /// As sent, without the query.
  var path: String { texts.text(.path) }

  var request: Request {
    Request(
      method: method, path: path, query: texts.hasQuery ? texts.text(.query) : nil,
      fields: HTTPFields(wire: texts.bytes(.requestFields)),
      body: .bytes(texts.bytes(.requestBody), total: texts.requestTotal))
  }

  var response: Response {
    Response(
      status: status, fields: HTTPFields(wire: texts.bytes(.responseFields)),
      body: rendered.map(Body.rendered)
        ?? .bytes(texts.bytes(.responseBody), total: texts.responseTotal))
  }

  /// What the entry takes in memory, about.
  var byteCount: Int {
    512 + texts.byteCount + (rendered.map { $0.request.question.utf8.count + 128 } ?? 0)
  }
}

/// All texts of an entry, one after the other in one piece of memory.
///
/// They are copied: an entry lives long, and what was made for its request goes back into use at once,
/// while the processor's caches still know it.
private struct JournalTexts {
  enum Part: Int {
    case method, path, query, requestFields, requestBody, responseFields, responseBody
  }

  let hasQuery: Bool
  /// How many bytes the bodies had.
  let requestTotal: Int
  let responseTotal: Int
  private let all: [UInt8]
  /// Where each part ends.
  private let ends: SIMD8<Int32>

  var byteCount: Int { all.count }

  init(_ request: JournalEntry.Request, _ response: JournalEntry.Response) {
    let (requestBody, requestTotal) = request.body.kept
    let (responseBody, responseTotal) = response.body.kept
    self.requestTotal = requestTotal
    self.responseTotal = responseTotal
    hasQuery = request.query != nil
    // Where each part ends is known before the bytes are copied, for nothing is changed in a closure.
    var ends = SIMD8<Int32>()
    ends[0] = Int32(request.method.utf8.count)
    ends[1] = ends[0] + Int32(request.path.utf8.count)
    ends[2] = ends[1] + Int32(request.query?.utf8.count ?? 0)
    ends[3] = ends[2] + Int32(request.fields.byteCount)
    ends[4] = ends[3] + Int32(requestBody.count)
    ends[5] = ends[4] + Int32(response.fields.byteCount)
    ends[6] = ends[5] + Int32(responseBody.count)
    self.ends = ends
    all = [UInt8](unsafeUninitializedCapacity: Int(ends[6])) { buffer, used in
      Self.copy(request.method, to: buffer, &used)
      Self.copy(request.path, to: buffer, &used)
      if let query = request.query { Self.copy(query, to: buffer, &used) }
      Self.copy(request.fields.wire, to: buffer, &used)
      Self.copy(requestBody, to: buffer, &used)
      Self.copy(response.fields.wire, to: buffer, &used)
      Self.copy(responseBody, to: buffer, &used)
    }
  }

  private static func copy(
    _ text: String, to buffer: UnsafeMutableBufferPointer<UInt8>, _ used: inout Int
  ) {
    let rest = UnsafeMutableBufferPointer(rebasing: buffer[used...])
    let count = text.utf8.withContiguousStorageIfAvailable { rest.update(fromContentsOf: $0) }
    used += count ?? rest.update(fromContentsOf: Array(text.utf8))
  }

  private static func copy(
    _ bytes: [UInt8], to buffer: UnsafeMutableBufferPointer<UInt8>, _ used: inout Int
  ) {
    used += UnsafeMutableBufferPointer(rebasing: buffer[used...]).update(fromContentsOf: bytes)
  }

  private func slice(_ part: Part) -> ArraySlice<UInt8> {
    let start = part.rawValue == 0 ? 0 : Int(ends[part.rawValue - 1])
    return all[start..<Int(ends[part.rawValue])]
  }

  func bytes(_ part: Part) -> [UInt8] { Array(slice(part)) }

  func text(_ part: Part) -> String { String(decoding: slice(part), as: UTF8.self) }
}
