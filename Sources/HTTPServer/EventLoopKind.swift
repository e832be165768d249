import Platform

/// Which readiness mechanism the loops use.
public enum EventLoopKind: String, Sendable, CaseIterable {
  /// One owned thread on epoll. Linux only.
  case epoll
  /// A serial dispatch queue with dispatch sources; for every platform.
  case dispatch

  /// The mechanisms of this platform.
  public static var allCases: [EventLoopKind] {
    #if os(Linux)
      [.epoll, .dispatch]
    #else
      [.dispatch]
    #endif
  }

  /// epoll on Linux, dispatch elsewhere.
  public static var platformDefault: EventLoopKind {
    #if os(Linux)
      .epoll
    #else
      .dispatch
    #endif
  }

  /// Starts a loop.
  ///
  /// - Parameter roundEnded: Called on the loop whenever it has dealt with everything that was
  ///   ready. The default does nothing.
  package func makeLoop(
    roundEnded: @escaping @Sendable () -> Void = {}
  ) throws(SystemError) -> any EventLoop {
    switch self {
    case .dispatch: return DispatchEventLoop(roundEnded: roundEnded)
    case .epoll:
      #if os(Linux)
        return try EpollEventLoop(roundEnded: roundEnded)
      #else
        throw SystemError(call: "epoll", code: -1, reason: "not on this platform")
      #endif
    }
  }
}
