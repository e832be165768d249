import HTTPServer
import JSON
import Platform
import Synchronization

/// `/_mock/mcp`: the Model Context Protocol over Streamable HTTP.
///
/// A message is one `POST`. The answer is JSON, or a stream of events for calls that may wait, so
/// that they can report their progress. A message without a session is one for ``AgentRequests``.
/// The others belong to one, as up to revision 2025-11-25: it is named by `Mcp-Session-Id`, its
/// streams are resumed by `GET` with `Last-Event-ID`, and it ends by `DELETE`. Who may come is
/// decided before: the route is one of the control API.
final class AgentEndpoint: Sendable {
  /// Where calls are read and wait.
  private let queue: SerialQueue
  private let sessions = AgentSessions()
  private let server: LazyAgentServer
  private let requests: AgentRequests

  init(_ operations: ControlOperations, queue: SerialQueue) {
    self.queue = queue
    server = LazyAgentServer(operations)
    requests = AgentRequests(server, queue: queue)
  }

  /// The routes of agents.
  var routes: [ControlRoute] {
    [
      ControlRoute(
        .post, "mcp", readsBody: true,
        action: .direct { [self] call, responder in
          onQueue(call.request, responder) { () throws(Refusal) in
            try self.post(call.request, responder)
          }
        }),
      ControlRoute(
        .get, "mcp",
        action: .direct { [self] call, responder in
          onQueue(call.request, responder) { () throws(Refusal) in
            try self.refuseWithoutSessions(call.request)
            try self.listen(call.request, responder)
          }
        }),
      ControlRoute(
        .delete, "mcp", readsBody: true,
        action: .direct { [self] call, responder in
          onQueue(call.request, responder) { () throws(Refusal) in
            try self.refuseWithoutSessions(call.request)
            self.sessions.end(try self.session(call.request))
            responder.respond(HTTPResponse(status: 204))
          }
        }),
    ]
  }

  private typealias Refusal = AgentTransport.Refusal

  private func onQueue(
    _ request: HTTPRequest, _ responder: Responder,
    _ body: @escaping @Sendable () throws(Refusal) -> Void
  ) {
    queue.async {
      do throws(Refusal) {
        try body()
      } catch {
        let version = request.fields["MCP-Protocol-Version"]
        let isOld = version.map { AgentRevision.namesWithSessions.contains($0) } ?? true
        AgentTransport.respond(
          responder, error.error.json(namesUnknownRequest: isOld), status: error.status,
          with: error.fields)
      }
    }
  }

  // MARK: Messages

  private func post(_ request: HTTPRequest, _ responder: Responder) throws(Refusal) {
    let takes = try AgentTransport.accepted(request)
    let message: AgentMessage
    do throws(AgentError) {
      message = try AgentMessage(parsing: request.body)
    } catch {
      throw Refusal(
        status: request.body.count > AgentMessage.longest ? 413 : 400, error: error)
    }
    let hasSession = request.fields["Mcp-Session-Id"] != nil
    if AgentEnvelope.isStateless(
      message, version: request.fields["MCP-Protocol-Version"], hasSession: hasSession)
    {
      return try requests.take(message, request, takes, responder)
    }
    switch message {
    case .request(let id, "initialize", let params) where !hasSession:
      try begin(id, params, responder)
    case .request(let id, let method, let params):
      let session = try session(request, id)
      try perform(id, method, params, session, takes, responder)
    case .notification(let method, let params):
      let session = try session(request)
      if method == "notifications/cancelled", let id = params["requestId"] { session.cancel(id) }
      responder.respond(HTTPResponse(status: 202))
    case .response:
      _ = try session(request)
      responder.respond(HTTPResponse(status: 202))
    }
  }

  private func begin(
    _ id: JSON, _ params: JSONObject, _ responder: Responder
  ) throws(Refusal) {
    let session: AgentSession
    do throws(AgentError) {
      session = try sessions.begin(try server.value.revision(params))
    } catch {
      throw Refusal(status: error.status, error: error.answering(id))
    }
    let result = server.value.introduction(session.revision)
    var fields = HTTPFields()
    fields.append("Mcp-Session-Id", session.id)
    AgentTransport.respond(
      responder, ["jsonrpc": "2.0", "id": id, "result": result], with: fields)
  }

  private func perform(
    _ id: JSON, _ method: String, _ params: JSONObject, _ session: AgentSession,
    _ takes: AgentTransport.Accepted, _ responder: Responder
  ) throws(Refusal) {
    let call: AgentCall
    do throws(AgentError) {
      call = try session.begin(id)
    } catch {
      throw Refusal(status: 400, error: error)
    }
    let server = server.value
    var stream: AgentStream?
    if takes.events, server.waits(method, params) || !takes.json { stream = session.stream() }
    stream?.attach(responder.stream(AgentTransport.eventsHead, isEndless: false), from: 0)
    let progress = stream.flatMap { stream in
      AgentProgress.token(params).map { token in
        AgentProgress(token: token, queue: queue) { [sessions] message in
          sessions.send(message, on: stream, of: session)
        }
      }
    }
    let task = Task(executorPreference: queue) { [stream, sessions] in
      let answer: JSON
      do throws(AgentError) {
        let result = try await server.answer(method, params, session.revision, progress)
        answer = ["jsonrpc": "2.0", "id": id, "result": result]
      } catch {
        answer = error.answering(id).json
      }
      session.end(id)
      if let stream {
        // Whoever has cancelled a call waits for no answer.
        if call.isCancelled {
          session.forget(stream)
        } else {
          sessions.send(answer, on: stream, of: session)
        }
        stream.finish()
      } else {
        AgentTransport.respond(responder, answer)
      }
    }
    call.isPerformed(by: task)
  }

  // MARK: Streams

  /// Opens a stream, or resumes one.
  private func listen(_ request: HTTPRequest, _ responder: Responder) throws(Refusal) {
    guard try AgentTransport.accepted(request).events else {
      throw Refusal(status: 406, error: .invalid("Accept: expected text/event-stream"))
    }
    let session = try session(request)
    if let last = request.fields["Last-Event-ID"], !last.isEmpty {
      guard let place = AgentStream.place(last), place.stream > 0,
        let stream = session.stream(place.stream), stream.reaches(place.event + 1)
      else {
        throw Refusal(
          status: 400,
          error: .invalid("Last-Event-ID: the events after \"\(ShownText.value(last))\" are gone"))
      }
      stream.attach(
        responder.stream(AgentTransport.eventsHead, isEndless: true), from: place.event + 1)
      return
    }
    var head = AgentTransport.eventsHead
    head.body = Array((session.revision.numbersBeginnings ? "id: 0-0\ndata:\n\n" : ":\n\n").utf8)
    session.keep(responder.stream(head, isEndless: true))
  }

  // MARK: What the fields say

  /// Without sessions there is nothing to listen to or to end. (2026-07-28,
  /// basic/transports/streamable-http)
  private func refuseWithoutSessions(_ request: HTTPRequest) throws(Refusal) {
    guard let version = request.fields["MCP-Protocol-Version"],
      AgentRevision(rawValue: version)?.hasSessions == false
    else { return }
    var fields = HTTPFields()
    fields.append("Allow", "POST")
    throw Refusal(
      status: 405, error: .invalid("Revision \(version) has no sessions: each message is a POST."),
      fields: fields)
  }

  /// The session that a request names.
  private func session(
    _ request: HTTPRequest, _ id: JSON? = nil
  ) throws(Refusal) -> AgentSession {
    if let version = request.fields["MCP-Protocol-Version"],
      !AgentRevision.namesWithSessions.contains(version)
    {
      var error = AgentError(
        .invalid,
        "MCP-Protocol-Version: \"\(ShownText.value(version))\" is not spoken; spoken: "
          + AgentRevision.namesWithSessions.joined(separator: ", "),
        data: ["supported": .array(AgentRevision.namesWithSessions.map(JSON.string))])
      error.id = id ?? .null
      throw Refusal(status: 400, error: error)
    }
    guard let name = request.fields["Mcp-Session-Id"] else {
      throw Refusal(
        status: 400,
        error: .invalid(
          "Mcp-Session-Id: is missing; initialize begins one, and a request without one says "
            + "\(AgentEnvelope.version) in its _meta", of: id))
    }
    guard let session = sessions.find(name) else {
      throw Refusal(
        status: 404, error: .invalid("There is no such session; initialize begins one", of: id))
    }
    return session
  }
}
