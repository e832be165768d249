import HTTPServer

/// Answers the requests of one event loop: the emulated API's, and those of the control API.
final class LoopHandler: RequestHandler {
  private let api: APIHandler
  private let control: ControlAPI

  init(api: APIHandler, control: ControlAPI) {
    self.api = api
    self.control = control
  }

  func handle(_ request: HTTPRequest, _ responder: Responder) {
    if request.path == "/_mock" || request.path.hasPrefix("/_mock/") {
      control.handle(request, responder)
    } else if request.path == "/", let answer = PageRoutes.wayIn(request) {
      responder.respond(answer)
    } else {
      api.handle(request, responder)
    }
  }

  func roundEnded() { api.roundEnded() }
}
