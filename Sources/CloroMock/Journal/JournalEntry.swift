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

    fileprivate var byteCount: Int {
      switch self {
      case .bytes(let bytes, _): bytes.count
      case .rendered(let input): input.request.question.utf8.count + 128
      }
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
  let request: Request
  let response: Response
  let reason: JournalReason
  /// From the arrival to the answer, in milliseconds of the double's clock.
  let latency: Int64
  let creditsCharged: Int64

  init(
    at: Timestamp, key: APIKey?, endpoint: Endpoint, request: Request, response: Response,
    reason: JournalReason, latency: Int64, creditsCharged: Int64
  ) {
    self.at = at
    self.key = key
    self.endpoint = endpoint
    self.request = request
    self.response = response
    self.reason = reason
    self.latency = latency
    self.creditsCharged = creditsCharged
  }

  /// What the entry takes in memory, about.
  var byteCount: Int {
    512 + request.path.utf8.count + (request.query?.utf8.count ?? 0) + request.fields.byteCount
      + request.body.byteCount + response.fields.byteCount + response.body.byteCount
  }
}
