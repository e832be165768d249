import HTTPServer

/// Answers the requests of one event loop: the emulated API's, those of the control API, and those
/// that are meant for a proxy.
final class LoopHandler: RequestHandler {
  private let api: APIHandler
  private let control: ControlAPI
  /// nil when the double is no proxy.
  private let proxy: ProxyHandler?

  init(api: APIHandler, control: ControlAPI, proxy: ProxyHandler?) {
    self.api = api
    self.control = control
    self.proxy = proxy
  }

  func handle(_ request: HTTPRequest, _ responder: Responder) {
    // Only a proxy is asked for a host.
    if request.head.authority != nil, let proxy, proxy.takes(request, responder) { return }
    let path = request.path
    if path.hasPrefix("/_mock"), path.utf8.count == 6 || path.hasPrefix("/_mock/") {
      control.handle(request, responder)
    } else if path.utf8.count == 1, let answer = PageRoutes.wayIn(request) {
      responder.respond(answer)
    } else {
      api.handle(request, responder)
    }
  }

  func roundEnded() { api.roundEnded() }
}
