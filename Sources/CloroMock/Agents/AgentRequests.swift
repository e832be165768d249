import HTTPServer
import JSON
import Platform
import Synchronization

/// Serves requests that belong to no session, as in revision 2026-07-28.
///
/// Each carries all that is needed to answer it, and nothing is kept of one that has its answer. A
/// client that closes the connection before has cancelled it. (basic/transports/streamable-http)
final class AgentRequests: Sendable {
  /// The most requests under way, of all agents together.
  static let mostRunning = 1000

  private let queue: SerialQueue
  private let server: LazyAgentServer
  private let subscriptions: AgentSubscriptions
  private let running = Mutex(0)

  init(_ server: LazyAgentServer, queue: SerialQueue) {
    self.server = server
    self.queue = queue
    subscriptions = AgentSubscriptions(queue: queue)
  }

  /// Takes a message.
  func take(
    _ message: AgentMessage, _ request: HTTPRequest, _ takes: AgentTransport.Accepted,
    _ responder: Responder
  ) throws(AgentTransport.Refusal) {
    switch message {
    case .request(let id, let method, let params):
      try Self.refusing(id) { () throws(AgentError) in
        try AgentEnvelope.check(method, params, request.fields)
        try AgentRevision.july2026.refuseUnknown(method)
      }
      guard method == AgentSubscriptions.method else {
        try Self.refusing(id) { () throws(AgentError) in try begin() }
        return perform(id, method, params, takes, responder)
      }
      guard takes.events else {
        throw AgentTransport.Refusal(
          status: 406, error: .invalid("Accept: expected text/event-stream", of: id))
      }
      try Self.refusing(id) { () throws(AgentError) in
        try subscriptions.begin(id, params, responder)
      }
    case .notification:
      // None means anything here: a client cancels by leaving.
      try Self.refusing(nil) { () throws(AgentError) in
        try AgentEnvelope.check(version: request.fields["MCP-Protocol-Version"] ?? "")
      }
      responder.respond(HTTPResponse(status: 202))
    case .response:
      try Self.refusing(nil) { () throws(AgentError) in
        throw .invalid("The double asks nothing, so no answer is due.")
      }
    }
  }

  private static func refusing(
    _ id: JSON?, _ body: () throws(AgentError) -> Void
  ) throws(AgentTransport.Refusal) {
    do throws(AgentError) {
      try body()
    } catch {
      throw AgentTransport.Refusal(
        status: error.status, error: id.map(error.answering) ?? error)
    }
  }

  /// - Throws: ``AgentError`` −32603 when too many are under way.
  private func begin() throws(AgentError) {
    let isFull = running.withLock { running in
      guard running < Self.mostRunning else { return true }
      running += 1
      return false
    }
    if isFull {
      throw AgentError(.internal, "There are \(Self.mostRunning) requests under way.")
    }
  }

  private func perform(
    _ id: JSON, _ method: String, _ params: JSONObject, _ takes: AgentTransport.Accepted,
    _ responder: Responder
  ) {
    let server = server.value
    let call = AgentCall()
    var output: ResponseStream?
    if takes.events, server.waits(method, params) || !takes.json {
      output = responder.stream(AgentTransport.eventsHead)
    }
    let progress = output.flatMap { output in
      AgentProgress.token(params).map { token in
        AgentProgress(token: token, queue: queue) { message in
          if !call.isCancelled { output.send(AgentTransport.event(message)) }
        }
      }
    }
    let task = Task(executorPreference: queue) { [self, output] in
      let answer: JSON
      var status = 200
      do throws(AgentError) {
        let result = try await server.answer(method, params, .july2026, progress)
        answer = ["jsonrpc": "2.0", "id": id, "result": result]
      } catch {
        answer = error.answering(id).json
        status = error.status
      }
      running.withLock { $0 -= 1 }
      if let output {
        // Nothing more may come of a call that was cancelled.
        output.finish(call.isCancelled ? [] : AgentTransport.event(answer))
      } else {
        AgentTransport.respond(responder, answer, status: status)
      }
    }
    call.isPerformed(by: task)
    if let output {
      output.whenGone { call.cancel() }
    } else {
      responder.whenGone { call.cancel() }
    }
  }
}
