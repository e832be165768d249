import Synchronization

/// The address that a double listens on, known once it is bound.
final class BoundAddress: Sendable {
  private let host: String
  private let boundPort = Mutex(0)
  private let boundTLSPort = Mutex<Int?>(nil)

  init(host: String) { self.host = host }

  /// The port; 0 before it is bound.
  var port: Int {
    get { boundPort.withLock { $0 } }
    set { boundPort.withLock { $0 = newValue } }
  }

  /// The port of https; nil before it is bound, and when there is none.
  var tlsPort: Int? {
    get { boundTLSPort.withLock { $0 } }
    set { boundTLSPort.withLock { $0 = newValue } }
  }

  /// For example `http://127.0.0.1:8080`, or `http://[::1]:8080`.
  var url: String { "http://\(authority(port))" }

  /// For example `https://127.0.0.1:8443`.
  func secureURL(port: Int) -> String { "https://\(authority(port))" }

  private func authority(_ port: Int) -> String {
    "\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}
