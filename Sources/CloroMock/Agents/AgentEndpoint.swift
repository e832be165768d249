import HTTPServer
import JSON
import Platform
import Synchronization

/// `/_mock/mcp`: the Model Context Protocol over Streamable HTTP.
///
/// A message is one `POST`. The answer is JSON, or a stream of events for calls that may wait, so
/// that they can report their progress and be resumed by `GET` with `Last-Event-ID`. Sessions are
/// named by `Mcp-Session-Id`, and end by `DELETE`. Who may come is decided before: the route is one
/// of the control API.
final class AgentEndpoint: Sendable {
  private let operations: ControlOperations
  /// Where calls are read and wait.
  private let queue: SerialQueue
  private let sessions = AgentSessions()
  /// Made when the first agent comes: it reads the whole description.
  private let server: LazyServer

  init(_ operations: ControlOperations, queue: SerialQueue) {
    self.operations = operations
    self.queue = queue
    server = LazyServer(operations)
  }

  /// The routes of agents.
  var routes: [ControlRoute] {
    [
      ControlRoute(
        .post, "mcp", readsBody: true,
        action: .direct { [self] call, responder in
          onQueue(responder) { () throws(Refusal) in try self.post(call.request, responder) }
        }),
      ControlRoute(
        .get, "mcp",
        action: .direct { [self] call, responder in
          onQueue(responder) { () throws(Refusal) in try self.listen(call.request, responder) }
        }),
      ControlRoute(
        .delete, "mcp", readsBody: true,
        action: .direct { [self] call, responder in
          onQueue(responder) { () throws(Refusal) in
            self.sessions.end(try self.session(call.request))
            responder.respond(HTTPResponse(status: 204))
          }
        }),
    ]
  }

  /// A refusal of the transport.
  private struct Refusal: Error {
    let status: Int
    let error: AgentError
  }

  private func onQueue(
    _ responder: Responder, _ body: @escaping @Sendable () throws(Refusal) -> Void
  ) {
    queue.async {
      do throws(Refusal) {
        try body()
      } catch {
        Self.respond(responder, error.error.json, status: error.status)
      }
    }
  }

  // MARK: Messages

  private func post(_ request: HTTPRequest, _ responder: Responder) throws(Refusal) {
    let takes = try accepted(request)
    let message: AgentMessage
    do throws(AgentError) {
      message = try AgentMessage(parsing: request.body)
    } catch {
      throw Refusal(
        status: request.body.count > AgentMessage.longest ? 413 : 400, error: error)
    }
    switch message {
    case .request(let id, "initialize", let params) where request.fields["Mcp-Session-Id"] == nil:
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
      var error = error
      error.id = id
      throw Refusal(status: error.code == .internal ? 503 : 400, error: error)
    }
    let result = server.value.introduction(session.revision)
    Self.respond(
      responder, ["jsonrpc": "2.0", "id": id, "result": result], session: session.id)
  }

  private func perform(
    _ id: JSON, _ method: String, _ params: JSONObject, _ session: AgentSession,
    _ takes: Accepted, _ responder: Responder
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
    stream?.attach(responder.stream(Self.eventsHead, isEndless: false), from: 0)
    let progress = stream.flatMap { stream in
      params["_meta"]?["progressToken"].map { token in
        AgentProgress(token: token, queue: queue) { stream.send($0) }
      }
    }
    let task = Task(executorPreference: queue) { [stream] in
      let answer: JSON
      do throws(AgentError) {
        let result = try await server.answer(method, params, session.revision, progress)
        answer = ["jsonrpc": "2.0", "id": id, "result": result]
      } catch {
        var error = error
        error.id = id
        answer = error.json
      }
      session.end(id)
      if let stream {
        // Whoever has cancelled a call waits for no answer.
        if call.isCancelled { session.forget(stream) } else { stream.send(answer) }
        stream.finish()
      } else {
        Self.respond(responder, answer)
      }
    }
    call.isPerformed(by: task)
  }

  // MARK: Streams

  /// Opens a stream, or resumes one.
  private func listen(_ request: HTTPRequest, _ responder: Responder) throws(Refusal) {
    guard try accepted(request).events else {
      throw Refusal(status: 406, error: .invalid("Accept: expected text/event-stream"))
    }
    let session = try session(request)
    if let last = request.fields["Last-Event-ID"], !last.isEmpty {
      guard let place = AgentStream.place(last), place.stream > 0,
        let stream = session.stream(place.stream)
      else {
        throw Refusal(
          status: 400,
          error: .invalid("Last-Event-ID: the events after \"\(ShownText.value(last))\" are gone"))
      }
      stream.attach(responder.stream(Self.eventsHead, isEndless: true), from: place.event + 1)
      return
    }
    var head = Self.eventsHead
    head.body = Array((session.revision.numbersBeginnings ? "id: 0-0\ndata:\n\n" : ":\n\n").utf8)
    session.keep(responder.stream(head, isEndless: true))
  }

  private static let eventsHead = JournalRoutes.eventsHead

  // MARK: What the fields say

  /// What a client takes.
  private struct Accepted {
    let json: Bool
    let events: Bool
  }

  private func accepted(_ request: HTTPRequest) throws(Refusal) -> Accepted {
    guard let field = request.fields["Accept"] else { return Accepted(json: true, events: false) }
    let types = field.lowercased().split(separator: ",").map { range in
      String(range.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" })
    }
    let accepted = Accepted(
      json: types.contains { ["application/json", "application/*", "*/*"].contains($0) },
      events: types.contains { ["text/event-stream", "text/*"].contains($0) })
    guard accepted.json || accepted.events else {
      throw Refusal(
        status: 406,
        error: .invalid("Accept: expected application/json and text/event-stream"))
    }
    return accepted
  }

  /// The session that a request names.
  private func session(
    _ request: HTTPRequest, _ id: JSON? = nil
  ) throws(Refusal) -> AgentSession {
    if let version = request.fields["MCP-Protocol-Version"],
      AgentRevision(rawValue: version) == nil
    {
      var error = AgentError(
        .invalid,
        "MCP-Protocol-Version: \"\(ShownText.value(version))\" is not spoken; spoken: "
          + AgentRevision.names.joined(separator: ", "),
        data: ["supported": .array(AgentRevision.names.map(JSON.string))])
      error.id = id ?? .null
      throw Refusal(status: 400, error: error)
    }
    guard let name = request.fields["Mcp-Session-Id"] else {
      throw Refusal(
        status: 400, error: .invalid("Mcp-Session-Id: is missing; initialize begins one", of: id))
    }
    guard let session = sessions.find(name) else {
      throw Refusal(
        status: 404, error: .invalid("There is no such session; initialize begins one", of: id))
    }
    return session
  }

  private static func respond(
    _ responder: Responder, _ message: JSON, status: Int = 200, session: String? = nil
  ) {
    var fields = HTTPFields()
    fields.append("Content-Type", "application/json")
    if let session { fields.append("Mcp-Session-Id", session) }
    responder.respond(HTTPResponse(status: status, fields: fields, body: message.encoded))
  }
}

/// Makes the server when it is first needed; used on one queue at a time.
private final class LazyServer: Sendable {
  private let operations: ControlOperations
  private let made = Mutex<AgentServer?>(nil)

  init(_ operations: ControlOperations) { self.operations = operations }

  var value: AgentServer {
    made.withLock { made in
      if let made { return made }
      let server = AgentServer(operations)
      made = server
      return server
    }
  }
}
