import CloroContract
import Dispatch
import HTTPServer
import JSON
import Ledger
import Simulation

/// Answers `/_mock/*`. Never counted against a key's limits.
///
/// Calls run one after the other on a queue of their own, so that none blocks an event loop; those
/// that move the clock wait as tasks.
final class ControlAPI: Sendable {
  let organizations: OrganizationDirectory
  let tasks: TaskEngine
  let webhooks: WebhookDispatcher
  let library: ResultLibrary
  let pages: ResultPages
  let journal: Journal
  /// The rules that hold for all organizations.
  let rules: RuleBoard
  let address: BoundAddress
  let snapshots: SnapshotStore
  /// The double's own contract.
  let revision: ContractRevision
  let ledger: Ledger
  let clock: MockClock
  private let token: String?
  private let queue = DispatchQueue(label: "cloro-mock.control")
  /// Where streams of events are made.
  let streaming = DispatchQueue(label: "cloro-mock.events")
  private let routes: [ControlRoute]

  init(_ parts: SharedParts, token: String?) {
    organizations = parts.organizations
    tasks = parts.tasks
    webhooks = parts.webhooks
    library = parts.library
    pages = parts.pages
    journal = parts.journal
    rules = parts.rules
    address = parts.address
    revision = parts.revision
    ledger = parts.ledger
    clock = parts.clock
    snapshots = SnapshotStore(
      organizations: organizations, tasks: tasks, webhooks: webhooks, rules: rules)
    self.token = token
    routes = Self.routes
  }

  private static let routes: [ControlRoute] =
    healthRoutes + keyRoutes + ledgerRoutes + clockRoutes + taskRoutes + webhookRoutes
    + faultRoutes + stubRoutes + journalRoutes + snapshotRoutes + descriptionRoutes
    + [resetRoute, resultRoute, metricsRoute, eventsRoute, organizationsRoute, pageRoute]

  /// Answers a control request.
  func handle(_ request: HTTPRequest, _ responder: Responder) {
    do throws(ControlError) {
      // No page knows the token, where there is one.
      if token == nil, ForeignPage.sends(request) { throw .foreignPage }
      // The page's route, an empty segment, answers without the last slash too.
      let path = request.path == "/_mock" ? "/_mock/" : request.path
      let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2)
      let method = request.method == .head ? .get : request.method
      let isAuthorized = isAuthorized(request)
      let (route, parameters): (ControlRoute, [Substring])
      do throws(ControlError) {
        (route, parameters) = try match(method, Array(segments), path: request.path)
      } catch {
        throw isAuthorized ? error : .unauthorized
      }
      guard route.isOpen || isAuthorized else { throw .unauthorized }
      let call = ControlCall(
        api: self, request: request,
        parameters: parameters.map { QueryString.decode($0, isForm: false) })
      if !route.isOpen { try call.refuseUnknown(for: route) }
      if case .streaming(let action) = route.action {
        let begin = try action(call)
        return begin(responder.stream(Self.eventsHead, isEndless: true))
      }
      run(route, call) { answer in
        switch answer {
        case .success(let answer): responder.respond(answer.response)
        case .failure(let error): responder.respond(error.response)
        }
      }
    } catch {
      responder.respond(error.response)
    }
  }

  /// Performs a call of this process: the same route does it that answers the call over HTTP, so
  /// that neither knows a rule that the other doesn't. No token is asked for.
  ///
  /// - Parameters:
  ///   - path: The segments after `/_mock`, none of them encoded.
  ///   - query: The query's parameters, none of them encoded.
  ///   - body: The body; nil for none.
  func perform(
    _ method: HTTPMethod, _ path: [String], query: [(name: String, value: String)] = [],
    body: JSON? = nil
  ) async throws(ControlError) -> ControlAnswer {
    let whole = "/_mock/" + path.joined(separator: "/")
    let (route, parameters) = try match(method, path.map { $0[...] }, path: whole)
    let call = ControlCall(
      api: self, request: HTTPRequest(method: method, path: whole),
      parameters: parameters.map(String.init), query: QueryString(query), json: body)
    // What waits does so in the caller's own task, whose end it can notice.
    if case .waiting(let action) = route.action { return try await action(call) }
    return try await withCheckedContinuation { continuation in
      run(route, call) { continuation.resume(returning: $0) }
    }.get()
  }

  private func run(
    _ route: ControlRoute, _ call: ControlCall,
    then done: @escaping @Sendable (Result<ControlAnswer, ControlError>) -> Void
  ) {
    switch route.action {
    case .immediate(let action):
      queue.async {
        done(Result { () throws(ControlError) in try action(call) })
      }
    case .waiting(let action):
      Task {
        do throws(ControlError) {
          done(.success(try await action(call)))
        } catch {
          done(.failure(error))
        }
      }
    case .streaming: done(.failure(.invalid("This call answers by a stream.")))
    }
  }

  /// The route of a path, with its variable segments as they stand in it.
  private func match(
    _ method: HTTPMethod, _ segments: [Substring], path: String
  ) throws(ControlError) -> (ControlRoute, [Substring]) {
    var allowed: [String] = []
    for route in routes {
      guard let parameters = route.match(segments) else { continue }
      if route.method == method { return (route, parameters) }
      allowed.append(route.method.rawValue)
    }
    guard allowed.isEmpty else { throw .methodNotAllowed(allowed) }
    let known = routes.map { "/_mock/" + $0.path.joined(separator: "/") }
    throw .notFound(
      "There is no \(path) in the control API\(ObjectReader.hint(path, known))")
  }

  /// Compares in constant time, so that the token can't be guessed byte by byte.
  private func isAuthorized(_ request: HTTPRequest) -> Bool {
    guard let token else { return true }
    let given = Array((request.fields["Authorization"] ?? "").utf8)
    let wanted = Array("Bearer \(token)".utf8)
    var difference = UInt8(given.count == wanted.count ? 0 : 1)
    for (index, byte) in wanted.enumerated() {
      difference |= byte ^ (index < given.count ? given[index] : 0)
    }
    return difference == 0
  }
}

/// A control request with what its route found.
struct ControlCall: Sendable {
  let api: ControlAPI
  let request: HTTPRequest
  /// The path's variable segments, decoded.
  let parameters: [String]
  let query: QueryString
  /// The body of a call that was made in this process.
  private let json: JSON?

  /// A call that came over HTTP.
  init(api: ControlAPI, request: HTTPRequest, parameters: [String]) {
    self.init(
      api: api, request: request, parameters: parameters, query: QueryString(request.query),
      json: nil)
  }

  init(
    api: ControlAPI, request: HTTPRequest, parameters: [String], query: QueryString, json: JSON?
  ) {
    self.api = api
    self.request = request
    self.parameters = parameters
    self.query = query
    self.json = json
  }

  /// The path's first variable segment; only for routes that have one.
  var parameter: String { parameters[0] }

  /// The key that `?key=` names, or nil when it names none.
  func narrowing() throws(ControlError) -> APIKey? {
    guard let text = query["key"] else { return nil }
    return try api.key(text)
  }

  /// The body as a reader; an absent body is an empty object.
  func body(_ problems: JSONProblems) throws(ControlError) -> ObjectReader {
    let json = if let given = self.json { given } else { try parsedBody() }
    guard let reader = ObjectReader(json, problems: problems) else {
      throw .invalid("The body must be an object, found \(json.typeName).")
    }
    return reader
  }

  private func parsedBody() throws(ControlError) -> JSON {
    guard !request.body.isEmpty else { return [:] }
    do throws(JSONError) {
      return try JSON(parsing: request.body)
    } catch {
      throw .invalid("The body is not JSON: \(error).")
    }
  }

  /// Reads the whole body; every problem is named in the refusal.
  func read<Value>(_ body: (inout ObjectReader) -> Value) throws(ControlError) -> Value {
    let problems = JSONProblems()
    var reader = try self.body(problems)
    let value = body(&reader)
    reader.finish()
    guard problems.list.isEmpty else { throw .invalid(problems.list) }
    return value
  }

  /// Refuses what the route wouldn't look at: a misspelt `?key=` must not mean everybody.
  func refuseUnknown(for route: ControlRoute) throws(ControlError) {
    let problems = JSONProblems()
    // Who narrows each call of a test to one key may do so where there is nothing to narrow too.
    let allowed = route.query.contains("key") ? route.query : route.query + ["key"]
    for (name, _) in query.parameters where !allowed.contains(name) {
      problems.add(
        name,
        "unknown in the query\(ObjectReader.hint(name, allowed)); allowed: \(allowed.joined(separator: ", "))"
      )
    }
    if !route.query.contains("key") { _ = try narrowing() }
    if !route.readsBody, request.method != .get, request.method != .head {
      let reader = try body(problems)
      for member in reader.object.members {
        problems.add(member.name, "unknown member; this call reads no body, only its query")
      }
    }
    guard problems.list.isEmpty else { throw .invalid(problems.list) }
  }

  /// A whole number of the query, at least 0.
  func number(_ name: String) throws(ControlError) -> Int64? {
    guard let text = query[name] else { return nil }
    guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      throw .invalid("\(name): expected a whole number of at least 0, found \"\(text)\"")
    }
    return Int64(text) ?? .max
  }
}

/// What a control call answers.
struct ControlAnswer: Sendable {
  let response: HTTPResponse

  /// An answer in JSON.
  init(status: Int = 200, body: JSON) { self.init(status: status, json: body.encoded) }

  /// An answer in JSON that is text already.
  init(status: Int = 200, json: [UInt8]) {
    var fields = HTTPFields()
    fields.append("Content-Type", "application/json")
    response = HTTPResponse(status: status, fields: fields, body: json)
  }

  /// Metrics in Prometheus' text form.
  init(metrics: [UInt8]) {
    var fields = HTTPFields()
    fields.append("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
    response = HTTPResponse(status: 200, fields: fields, body: metrics)
  }

  /// A page; it may load and run nothing, unless the policy says otherwise.
  init(html: [UInt8], policy: String = "default-src 'none'") {
    var fields = HTTPFields()
    fields.append("Content-Type", "text/html; charset=utf-8")
    fields.append("Content-Security-Policy", policy)
    fields.append("X-Content-Type-Options", "nosniff")
    response = HTTPResponse(status: 200, fields: fields, body: html)
  }

  /// Sends the client to another address for good.
  init(redirect address: String) {
    var fields = HTTPFields()
    fields.append("Location", address)
    response = HTTPResponse(status: 308, fields: fields)
  }
}

/// One call of the control API.
struct ControlRoute: Sendable {
  enum Action: Sendable {
    case immediate(@Sendable (ControlCall) throws(ControlError) -> ControlAnswer)
    case waiting(@Sendable (ControlCall) async throws(ControlError) -> ControlAnswer)
    /// Answers by a stream of events; returns what sends them.
    case streaming(
      @Sendable (ControlCall) throws(ControlError) -> @Sendable (ResponseStream) -> Void)
  }

  let method: HTTPMethod
  /// The segments after `/_mock`; one in braces stands for any.
  let path: [String]
  /// The names that the query may have.
  let query: [String]
  /// Whether the call reads a body.
  let readsBody: Bool
  /// Whether the route needs no admin token.
  let isOpen: Bool
  let action: Action

  init(
    _ method: HTTPMethod, _ path: String, query: [String] = [], readsBody: Bool = false,
    isOpen: Bool = false,
    _ action: @escaping @Sendable (ControlCall) throws(ControlError) -> ControlAnswer
  ) {
    self.init(
      method, path, query: query, readsBody: readsBody, isOpen: isOpen, action: .immediate(action))
  }

  init(
    _ method: HTTPMethod, _ path: String, query: [String] = [], readsBody: Bool = false,
    isOpen: Bool = false, action: Action
  ) {
    self.method = method
    self.path = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    self.query = query
    self.readsBody = readsBody
    self.isOpen = isOpen
    self.action = action
  }

  /// The variable segments as they stand; nil when the path doesn't match.
  func match(_ segments: [Substring]) -> [Substring]? {
    guard segments.count == path.count else { return nil }
    var parameters: [Substring] = []
    for (segment, expected) in zip(segments, path) {
      if expected.hasPrefix("{") {
        guard !segment.isEmpty else { return nil }
        parameters.append(segment)
      } else if segment != expected {
        return nil
      }
    }
    return parameters
  }
}
