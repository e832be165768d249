import Dispatch
import HTTPServer

/// Waits for SIGTERM or SIGINT, which no longer end the process by themselves.
final class TerminationSignals {
  private let sources: [any DispatchSourceSignal]
  private let arrivals: AsyncStream<Void>

  init() {
    let (arrivals, continuation) = AsyncStream.makeStream(of: Void.self)
    self.arrivals = arrivals
    sources = [System.terminate, System.interrupt].map { signal in
      System.ignore(signal)
      let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
      source.setEventHandler { continuation.yield() }
      source.activate()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }

  /// Returns when the first signal has come.
  func arrival() async { for await _ in arrivals { return } }
}
