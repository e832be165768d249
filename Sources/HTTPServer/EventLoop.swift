import Platform

/// One thread of control that waits for descriptors to become ready and runs jobs.
///
/// A connection stays on one loop all its life. Everything but ``execute(_:)`` and ``stop(_:)`` is
/// called on the loop.
package protocol EventLoop: AnyObject, Sendable {
  /// Runs a job on the loop, soon and in order. May be called from anywhere.
  ///
  /// - Returns: False when the loop was stopped and the job will never run.
  @discardableResult
  func execute(_ job: @escaping @Sendable () -> Void) -> Bool

  /// Whether the caller runs on this loop.
  var isCurrent: Bool { get }

  /// Whether every reset of a watched connection is reported. Where it isn't, connections must be
  /// checked for resets.
  var reportsResets: Bool { get }

  /// Watches a descriptor until ``close(_:)``.
  func register(
    _ descriptor: Int32, interest: Interest, handler: any ReadinessHandler
  ) throws(SystemError)

  /// Changes what a descriptor is watched for.
  func update(_ descriptor: Int32, interest: Interest)

  /// Watches a descriptor for nothing, its end included, until the next ``update(_:interest:)``:
  /// epoll reports the end of both directions whatever is watched for, again and again.
  func silence(_ descriptor: Int32)

  /// Ends the watch, if there is one, and closes the descriptor; the handler isn't called again.
  ///
  /// The two are one step, because the descriptor's number may be given to another connection as
  /// soon as it is closed, and only the loop knows when nothing uses the old one any more.
  func close(_ descriptor: Int32)

  /// Runs a job on the loop after so many nanoseconds, unless the loop stops before.
  ///
  /// - Returns: The timer, which may be cancelled on the loop.
  @discardableResult
  func after(_ nanoseconds: Int64, _ job: @escaping @Sendable () -> Void) -> LoopTimer

  /// Ends the loop after the jobs that were given before this call. May be called from anywhere.
  ///
  /// - Parameter ended: Called when the loop's own descriptors, and those it was told to close, are
  ///   closed.
  func stop(_ ended: @escaping @Sendable () -> Void)
}

/// A job that a loop is to run later.
///
/// `@unchecked Sendable`: its state is touched on the loop alone.
package final class LoopTimer: @unchecked Sendable {
  private var job: (@Sendable () -> Void)?

  init(_ job: @escaping @Sendable () -> Void) { self.job = job }

  /// Does nothing when the job has begun.
  package func cancel() { job = nil }

  func fire() { job.take()?() }
}

/// The events that a descriptor is watched for.
package struct Interest: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let read = Interest(rawValue: 1)
  package static let write = Interest(rawValue: 2)
}

/// The events that have occurred on a watched descriptor.
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let readable = Readiness(rawValue: 1)
  package static let writable = Readiness(rawValue: 2)
  /// Both directions are closed: a reset, or an error. epoll reports it whatever the interest is;
  /// with dispatch the next read or write fails.
  package static let broken = Readiness(rawValue: 4)
}

/// Is called when a watched descriptor is ready, always on the loop.
package protocol ReadinessHandler: AnyObject, Sendable {
  func ready(_ readiness: Readiness)
}
