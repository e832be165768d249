import CloroContract
import HTTPServer
import Simulation

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

  /// What the client sent.
  struct Request: Sendable {
    /// nil when it could not be made out. It isn't copied: requests of a connection mostly share
    /// it.
    var head: RequestHead?
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
  private let head: RequestHead?
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
    head = request.head
    texts = JournalTexts(request.body, response)
    rendered = if case .rendered(let input) = response.body { input } else { nil }
  }

  /// Empty when it could not be made out.
  var method: String { head?.method.rawValue ?? "" }
  /// As sent, without the query; empty when it could not be made out.
  var path: String { head?.path ?? "" }

  var request: Request {
    Request(head: head, body: .bytes(texts.requestBody, total: texts.requestTotal))
  }

  var response: Response {
    Response(
      status: status, fields: HTTPFields(wire: texts.responseFields),
      body: rendered.map(Body.rendered)
        ?? .bytes(texts.responseBody, total: texts.responseTotal))
  }

  /// What the entry takes in memory, about.
  var byteCount: Int {
    512 + (head?.byteCount ?? 0) + texts.byteCount
      + (rendered.map { $0.request.question.utf8.count + 128 } ?? 0)
  }
}

/// The bodies and the answer's fields of an entry, one after the other in one piece of memory.
///
/// They are copied: an entry lives long, and what was made for its request goes back into use at
/// once, while the processor's caches still know it.
private struct JournalTexts {
  /// How many bytes the bodies had.
  let requestTotal: Int
  let responseTotal: Int
  private let all: [UInt8]
  /// Where the fields stand, behind the request's body and before the response's.
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
