import CloroContract
import HTTPServer
import JSON
import Platform

/// Answers `/_mock/*`. Control calls never count against a key's limits.
///
/// Calls run one after another on a queue of their own, so that none blocks an event loop. Those
/// that wait for the clock or for requests run as tasks.
final class ControlAPI: Sendable {
  let operations: ControlOperations
  private let token: String?
  /// Routes of what lies above the control API. Its own are made by the first call, because making
  /// them takes a fiftieth of a start.
  private let others: [ControlRoute]
  private let foreignPage: ForeignPage
  /// Where the calls run that wait.
  private let waiting: SerialQueue
  private let afterAnswer: AfterAnswer

  /// Tells the operations that an answer is out.
  private final class AfterAnswer: ResponseObserver {
    private let operations: ControlOperations

    init(_ operations: ControlOperations) { self.operations = operations }

    func willSendLastByte() {}
    func didAttemptWrite() { operations.answered() }
  }

  /// - Parameters:
  ///   - token: The admin token; nil leaves the API open.
  ///   - host: The address or name that the double listens on.
  ///   - waiting: Where the calls run that wait.
  ///   - others: Routes of what lies above the control API.
  init(
    _ operations: ControlOperations, token: String?, host: String, waiting: SerialQueue,
    others: [ControlRoute]
  ) {
    self.operations = operations
    afterAnswer = AfterAnswer(operations)
    self.token = token
    self.waiting = waiting
    foreignPage = ForeignPage(ownName: host)
    self.others = others
  }

  /// The routes of the control calls themselves.
  static let routes: [ControlRoute] =
    StateRoutes.health + KeyRoutes.all + LedgerRoutes.all + ClockRoutes.all + RequestRoutes.all
    + TaskRoutes.all + WebhookRoutes.all + RuleRoutes.faults + RuleRoutes.stubs + JournalRoutes.all
    + VerdictRoutes.all + ForecastRoutes.all + RecordingRoutes.all
    + StateRoutes.snapshots + DescriptionRoutes.all + SelfCheckRoutes.all
    + [
      StateRoutes.reset, PageRoutes.result, OverviewRoutes.metrics, JournalRoutes.events,
      OverviewRoutes.organizations, PageRoutes.page,
    ]

  /// Answers a control request.
  func handle(_ request: HTTPRequest, _ responder: Responder) {
    do throws(ControlError) {
      // The page has an empty last segment, and is served without the final slash too.
      let path = request.path == "/_mock" ? "/_mock/" : request.path
      let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2)
      let method = request.method == .head ? .get : request.method
      let isAuthorized = isAuthorized(request)
      // When there is a token, no page of another site knows it, so only an open API needs this
      // check.
      let isForeign = token == nil && foreignPage.sends(request)
      let (route, parameters): (ControlRoute, [Substring])
      do throws(ControlError) {
        (route, parameters) = try match(method, Array(segments), path: request.path)
      } catch {
        throw isForeign ? .foreignPage : isAuthorized ? error : .unauthorized
      }
      // What is open to everybody may be read by everybody.
      if isForeign, !(route.isOpen && method == .get) { throw .foreignPage }
      guard route.isOpen || isAuthorized else { throw .unauthorized }
      let call = ControlCall(
        operations, request, scheme: responder.connectionInfo.scheme,
        parameters: parameters.map { QueryString.decode($0, isForm: false) })
      if !route.isOpen { try call.refuseUnknown(for: route) }
      try perform(route, call, responder)
    } catch {
      responder.respond(error.response)
    }
  }

  private func perform(
    _ route: ControlRoute, _ call: ControlCall, _ responder: Responder
  ) throws(ControlError) {
    switch route.action {
    case .immediate(let action):
      operations.inTurn { () throws(ControlError) in
        try action(call)
      } done: { [afterAnswer] answer in
        Self.respond(answer, responder, observer: afterAnswer)
      }
    case .waiting(let action):
      let task = Task(executorPreference: waiting) {
        do throws(ControlError) {
          Self.respond(.success(try await action(call)), responder)
        } catch {
          Self.respond(.failure(error), responder)
        }
      }
      // Whoever hangs up waits for nothing any more.
      responder.whenGone { task.cancel() }
    case .streaming(let action):
      let begin = try action(call)
      begin(responder.stream(JournalRoutes.eventsHead, isEndless: true))
    case .direct(let action): action(call, responder)
    }
  }

  private static func respond(
    _ answer: Result<ControlAnswer, ControlError>, _ responder: Responder,
    observer: (any ResponseObserver)? = nil
  ) {
    switch answer {
    case .success(let answer): responder.respond(answer.response, observer: observer)
    case .failure(let error): responder.respond(error.response, observer: observer)
    }
  }

  /// The route of a path, with its variable segments as they are written in the path.
  private func match(
    _ method: HTTPMethod, _ segments: [Substring], path: String
  ) throws(ControlError) -> (ControlRoute, [Substring]) {
    var allowed: [String] = []
    for route in [Self.routes, others].joined() {
      guard let parameters = route.match(segments) else { continue }
      if route.method == method { return (route, parameters) }
      allowed.append(route.method.rawValue)
    }
    guard allowed.isEmpty else { throw .methodNotAllowed(allowed) }
    let known = (Self.routes + others).map { "/_mock/" + $0.path.joined(separator: "/") }
    throw .notFound(
      "There is no \(ShownText.value(path)) in the control API\(ObjectReader.hint(path, known))")
  }

  private func isAuthorized(_ request: HTTPRequest) -> Bool {
    guard let token else { return true }
    return AdminToken.isSame(request.fields["Authorization"] ?? "", "Bearer \(token)")
  }
}
