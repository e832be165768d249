import CloroContract
import HTTPServer
import Simulation

/// One recorded request and its outcome. Its texts are made when it is read.
final class JournalEntry: Sendable {
  /// The most bytes of a body that are stored.
  static let keptBody = 64 * 1024

  /// The body of a request or an answer as it is stored.
  enum Body: Sendable {
    /// The first bytes, and the body's full size.
    case bytes([UInt8], total: Int)
    /// The input of a monitor's success. It renders to the same bytes again, so they needn't be
    /// stored.
    case rendered(ResultRenderer.Input)

    init(_ bytes: [UInt8]) {
      let isWhole = bytes.count <= JournalEntry.keptBody
      self = .bytes(isWhole ? bytes : Array(bytes.prefix(keptBody)), total: bytes.count)
    }

    /// The bytes to store, and the body's full size.
    fileprivate var kept: (bytes: [UInt8], total: Int) {
      if case .bytes(let bytes, let total) = self { (bytes, total) } else { ([], 0) }
    }
  }

  /// What the client sent.
  struct Request: Sendable {
    /// nil when it could not be parsed. It isn't copied, because the requests of a connection
    /// mostly share it.
    var head: RequestHead?
    var body = Body([])
  }

  /// What was sent to the client.
  struct Response: Sendable {
    /// nil when the connection ended without a status.
    var status: Int?
    /// The fields without those that the server adds itself: `Date`, `Content-Length` and
    /// `Connection`.
    var fields = HTTPFields()
    var body = Body([])
  }

  /// The request's identifier; nil when it could not be parsed. Answers name it in a header where
  /// the contract's revision sends one.
  let requestID: Identifier?
  /// The task that it submitted alone, or asked for.
  let taskID: Identifier?
  /// When the request arrived.
  let at: Timestamp
  /// The key for which it was accepted; nil when there was no valid key.
  let key: APIKey?
  /// The label of its key's organization at that time.
  let label: String?
  let endpoint: Endpoint
  /// The status of the answer; nil when the connection ended without one.
  let status: Int?
  let reason: JournalReason
  /// What was noted about the request, such as members that were ignored; mostly empty.
  let notes: [String]
  /// From the arrival to the answer, in milliseconds of the double's clock.
  let latency: Int64
  let creditsCharged: Int64
  private let head: RequestHead?
  private let texts: JournalTexts
  /// The input from which the response's body can be rendered, instead of its bytes.
  private let rendered: ResultRenderer.Input?

  init(
    requestID: Identifier? = nil, taskID: Identifier? = nil, at: Timestamp, key: APIKey?,
    label: String? = nil, endpoint: Endpoint, request: Request, response: Response,
    reason: JournalReason,
    notes: [String] = [], latency: Int64, creditsCharged: Int64
  ) {
    self.requestID = requestID
    self.taskID = taskID
    self.at = at
    self.key = key
    self.label = label
    self.endpoint = endpoint
    status = response.status
    self.reason = reason
    self.notes = notes
    self.latency = latency
    self.creditsCharged = creditsCharged
    head = request.head
    texts = JournalTexts(request.body, response)
    rendered = if case .rendered(let input) = response.body { input } else { nil }
  }

  /// The method; empty when it could not be parsed.
  var method: String { head?.method.rawValue ?? "" }
  /// The path as sent, without the query; empty when it could not be parsed.
  var path: String { head?.path ?? "" }

  /// The place in its client's trace that the request has named; nil for none.
  var traceparent: TraceParent? { head.flatMap { TraceParent($0.fields) } }

  /// Whether the double was asked as a proxy for cloro's API.
  var isProxied: Bool {
    guard let head, head.method != .connect else { return false }
    return head.isProxied || head.authority.map { ProxyTarget($0).isService } ?? false
  }

  var request: Request {
    Request(head: head, body: .bytes(texts.requestBody, total: texts.requestTotal))
  }

  var response: Response {
    Response(
      status: status, fields: HTTPFields(wire: texts.responseFields),
      body: rendered.map(Body.rendered)
        ?? .bytes(texts.responseBody, total: texts.responseTotal))
  }

  /// The entry's approximate size in memory, in bytes.
  var byteCount: Int {
    512 + (head?.byteCount ?? 0) + texts.byteCount + notes.reduce(0) { $0 + $1.utf8.count }
      + (rendered.map { $0.request.question.utf8.count + 128 } ?? 0)
  }
}

/// The bodies and the response fields of an entry, one after the other in one allocation.
///
/// They are copied, because an entry lives long. The memory that was used for its request can then
/// be used again at once, while it is still in the processor's caches.
private struct JournalTexts {
  /// The full size of the request's body.
  let requestTotal: Int
  let responseTotal: Int
  private let all: [UInt8]
  /// The place of the fields, between the request's body and the response's.
  private let fields: Range<Int>

  var byteCount: Int { all.count }

  init(_ requestBody: JournalEntry.Body, _ response: JournalEntry.Response) {
    let (requestBody, requestTotal) = requestBody.kept
    let (responseBody, responseTotal) = response.body.kept
    self.requestTotal = requestTotal
    self.responseTotal = responseTotal
    let wire = response.fields.wire
    fields = requestBody.count..<requestBody.count + wire.count
    var all: [UInt8] = []
    all.reserveCapacity(fields.upperBound + responseBody.count)
    all.append(contentsOf: requestBody)
    all.append(contentsOf: wire)
    all.append(contentsOf: responseBody)
    self.all = all
  }

  var requestBody: [UInt8] { Array(all[..<fields.lowerBound]) }
  var responseFields: [UInt8] { Array(all[fields]) }
  var responseBody: [UInt8] { Array(all[fields.upperBound...]) }
}
