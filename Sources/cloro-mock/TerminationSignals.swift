import HTTPServer
import Platform

/// Waits for SIGTERM or SIGINT, which no longer end the process by themselves.
struct TerminationSignals {
  private let arrivals: AsyncStream<Void>

  init() throws(SystemError) {
    let (arrivals, continuation) = AsyncStream.makeStream(of: Void.self)
    self.arrivals = arrivals
    try System.onSignals([System.terminate, System.interrupt]) { _ in continuation.yield() }
  }

  /// Returns when the first signal has come.
  func arrival() async { for await _ in arrivals { return } }
}
