import JSON
import Simulation

extension MockServer {
  /// A request that the double has seen, with what became of it: an entry of the journal.
  public struct SeenRequest: Sendable, Hashable {
    /// A request's or a response's headers and body.
    public struct Message: Sendable, Hashable {
      /// The header fields; the token of `Authorization` is shown by its last four characters.
      public let headers: Headers
      /// The request's query without its question mark; nil for none, and for responses.
      public let query: String?
      /// The body, of which at most 64 KiB are kept.
      public let body: String
      /// How many bytes the whole body had; more than ``body`` has when it was cut.
      public let bodyBytes: Int

      /// The body's JSON; nil when it is none.
      public var json: JSON? { try? JSON(parsing: Array(body.utf8)) }
    }

    /// The entry's number; numbers rise by 1 with each request.
    public let sequence: Int
    /// When the request arrived, on the double's clock, to the millisecond.
    public let at: Timestamp
    /// The last four characters of its key; nil without one.
    public let key: String?
    /// The key's organization; nil when the request was accepted for none.
    public let organization: String?
    /// The method; empty when the bytes were no request.
    public let method: String
    /// The path as sent, without its query.
    public let path: String
    /// The response's status; nil when the connection ended without one, 499 when the client left.
    public let status: Int?
    /// The rule that decided, with its numbers, e.g. `credits: balance 6, price 7`.
    public let reason: String
    /// From the arrival to the answer, in milliseconds of the double's clock.
    public let latencyMs: Int
    /// What the request cost, in credits.
    public let creditsCharged: Int
    /// What the client sent.
    public let request: Message
    /// What it was sent; without the fields that the server adds itself.
    public let response: Message
  }
}

extension MockServer.SeenRequest {
  init(_ reply: ControlReply) throws(MockServer.ControlRefusal) {
    self.init(
      sequence: try reply.integer("sequence"), at: try reply.time("at"),
      key: try reply.member("key")?.string, organization: try reply.member("organization")?.string,
      method: try reply.string("method"), path: try reply.string("path"),
      status: try reply.member("status")?.integer.map { Int($0) },
      reason: try reply.string("reason"), latencyMs: try reply.integer("latencyMs"),
      creditsCharged: try reply.integer("creditsCharged"),
      request: try Message(reply.object("request")),
      response: try Message(reply.object("response")))
  }
}

extension MockServer.SeenRequest.Message {
  fileprivate init(_ reply: ControlReply) throws(MockServer.ControlRefusal) {
    let body = try reply.string("body")
    self.init(
      headers: MockServer.Headers(try reply.object("headers").json()),
      query: try reply.member("query")?.string, body: body,
      bodyBytes: try reply.member("bodyBytes")?.integer.map { Int($0) } ?? body.utf8.count)
  }
}
