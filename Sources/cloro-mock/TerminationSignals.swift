import CLaunch
import Platform

/// Takes SIGTERM, SIGINT and SIGHUP, which no longer end the process by themselves. The second one
/// does, and so does a stop that takes too long. SIGUSR1, which asks for the report, ends nothing.
///
/// It needs no thread. Dispatch's signal sources are not used, because on Linux they missed the
/// SIGTERM in one of a few hundred processes.
struct TerminationSignals {
  /// How long the process may take to end after the first signal, in seconds: what running requests
  /// may take (see ``MockServer/stop(within:)``), and three more. `docker stop` waits for ten.
  private static let timeToEnd: UInt32 = 8

  private let descriptor: Int32

  /// - Throws: When the process has no descriptors left.
  init() throws(SystemError) {
    descriptor = claunch_watch_signals(Self.timeToEnd)
    guard descriptor >= 0 else { throw System.error("pipe") }
  }

  /// What a signal asks for.
  enum Request {
    case end
    case report
  }

  /// Blocks until a signal has come.
  func wait() -> Request {
    var number: UInt8 = 0
    while System.read(&number, 1, from: descriptor) < 0, System.wasInterrupted {}
    return Int32(number) == claunch_report_signal ? .report : .end
  }
}
