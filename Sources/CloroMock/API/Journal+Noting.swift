import CloroContract
import HTTPServer
import Simulation

extension JournalEntry.Request {
  init(_ request: HTTPRequest) {
    self.init(head: request.head, body: JournalEntry.Body(request.body))
  }
}

extension JournalEntry.Response {
  /// The part of a response that is sent.
  init(_ response: HTTPResponse) {
    switch response.extent {
    case .whole: self.init(response.status, response.fields, response.body)
    case .cut(let count):
      self.init(response.status, response.fields, Array(response.body.prefix(count)))
    case .bodyAlone: self.init(nil, HTTPFields(), response.body)
    }
  }

  private init(_ status: Int?, _ fields: HTTPFields, _ body: [UInt8]) {
    self.init(status: status, fields: fields, body: JournalEntry.Body(body))
  }
}

extension Journal {
  /// Records the answer to a request with a valid key. Called before the answer is sent, so that a
  /// client that has the answer finds its entry.
  func note(
    _ response: JournalEntry.Response, _ call: Call, _ reason: consuming JournalReason,
    charged: Int64 = 0, at now: Timestamp
  ) {
    guard wantsEntries else {
      return count(call.endpoint, status: response.status, reason.rule)
    }
    record(
      JournalEntry(
        requestID: call.requestID, taskID: call.taskID, at: call.arrival, key: call.key,
        label: call.settings.plan.label, endpoint: call.endpoint,
        request: JournalEntry.Request(call.request), response: response, reason: reason,
        notes: call.notes, latency: now.milliseconds - call.arrival.milliseconds,
        creditsCharged: charged))
  }

  /// Records the answer to a request without a valid key.
  ///
  /// - Parameters:
  ///   - id: The request's identifier.
  ///   - key: The key that the request named, if it exists.
  func note(
    _ response: HTTPResponse, _ exchange: Exchange, _ id: Identifier, _ reason: JournalReason,
    of key: APIKey?, in revision: ContractRevision, at now: Timestamp
  ) {
    let request = exchange.request
    let match = Endpoint.match(
      method: request.method.rawValue, path: request.path, in: revision)
    let endpoint = if case .endpoint(let endpoint) = match { endpoint } else { Endpoint.unknown }
    guard wantsEntries else { return count(endpoint, status: response.status, reason.rule) }
    record(
      JournalEntry(
        requestID: id, at: exchange.arrival, key: key,
        label: key?.organization.settings.plan.label, endpoint: endpoint,
        request: JournalEntry.Request(request), response: JournalEntry.Response(response),
        reason: reason, latency: now.milliseconds - exchange.arrival.milliseconds,
        creditsCharged: 0))
  }

  /// Records bytes that could not be parsed as a request.
  func note(malformed error: RequestError, _ response: HTTPResponse, at now: Timestamp) {
    let reason = JournalReason(.malformed(error.reason))
    guard wantsEntries else { return count(.unknown, status: response.status, reason.rule) }
    record(
      JournalEntry(
        at: now, key: nil, endpoint: .unknown, request: JournalEntry.Request(),
        response: JournalEntry.Response(response), reason: reason, latency: 0, creditsCharged: 0))
  }
}
