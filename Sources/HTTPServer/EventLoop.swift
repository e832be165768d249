/// One thread of control that waits for descriptors to become ready and runs jobs.
///
/// A connection lives and dies on its loop: everything but ``execute(_:)`` is called on the loop.
protocol EventLoop: AnyObject, Sendable {
  /// Runs a job on the loop, soon and in order. May be called from anywhere.
  func execute(_ job: @escaping @Sendable () -> Void)

  /// Whether the caller runs on this loop.
  var isCurrent: Bool { get }

  /// Watches a descriptor until ``deregister(_:)``.
  func register(_ descriptor: Int32, interest: Interest, handler: any ReadinessHandler)
    throws(SystemError)

  /// Changes what a descriptor is watched for.
  func update(_ descriptor: Int32, interest: Interest)

  /// Ends the watch; the handler isn't called again.
  func deregister(_ descriptor: Int32)

  /// Ends the loop after the jobs that were given before.
  func stop()
}

/// What a descriptor is watched for. A broken connection is always reported.
struct Interest: OptionSet, Sendable {
  let rawValue: UInt8
  static let read = Interest(rawValue: 1)
  static let write = Interest(rawValue: 2)
}

/// What became of a watched descriptor.
struct Readiness: OptionSet, Sendable {
  let rawValue: UInt8
  static let readable = Readiness(rawValue: 1)
  static let writable = Readiness(rawValue: 2)
  /// Both directions are gone: a reset, or an error.
  static let broken = Readiness(rawValue: 4)
}

/// What is called when a watched descriptor is ready, always on the loop.
protocol ReadinessHandler: AnyObject {
  func ready(_ readiness: Readiness)
}

/// Which readiness mechanism the loops use.
public enum EventLoopKind: String, Sendable, CaseIterable {
  /// One owned thread on epoll. Linux only.
  case epoll
  /// A serial dispatch queue with dispatch sources; for every platform.
  case dispatch

  /// epoll on Linux, dispatch elsewhere.
  public static var platformDefault: EventLoopKind {
    #if os(Linux)
      .epoll
    #else
      .dispatch
    #endif
  }

  /// Starts a loop.
  func makeLoop() throws(SystemError) -> any EventLoop {
    switch self {
    case .dispatch: return DispatchEventLoop()
    case .epoll:
      #if os(Linux)
        return try EpollEventLoop()
      #else
        throw SystemError(call: "epoll", code: -1, reason: "not on this platform")
      #endif
    }
  }
}
