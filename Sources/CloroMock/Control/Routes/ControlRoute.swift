import HTTPServer

/// One call of the control API.
struct ControlRoute: Sendable {
  enum Action: Sendable {
    case immediate(@Sendable (ControlCall) throws(ControlError) -> ControlAnswer)
    case waiting(@Sendable (ControlCall) async throws(ControlError) -> ControlAnswer)
    /// Answers with a stream of events; returns the object that sends them.
    case streaming(
      @Sendable (ControlCall) throws(ControlError) -> @Sendable (ResponseStream) -> Void)
    /// Answers by itself, on the caller's loop, where nothing may block.
    case direct(@Sendable (ControlCall, Responder) -> Void)
  }

  let method: HTTPMethod
  /// The segments after `/_mock`; one in braces stands for any segment.
  let path: [String]
  /// The names that the query may contain.
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

  /// The variable segments as they are written; nil when the path doesn't match.
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
