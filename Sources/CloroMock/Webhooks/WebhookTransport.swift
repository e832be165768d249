import CloroContract
import HTTPServer

/// Sends webhooks: by a client of the project's own to `http` receivers, by URLSession to `https`
/// ones. No redirect is followed, no proxy of the environment is asked, and no more of an answer is
/// read than its status needs.
final class WebhookTransport: Sendable {
  /// How long an attempt may take in all, in seconds. [contract: webhooks]
  static let timeout = 10.0

  private let plain = OneShotClient()
  private let secure = SecureWebhookTransport()

  /// Sends one attempt.
  ///
  /// - Parameter completion: Called once, on any thread.
  func send(
    _ body: [UInt8], to address: String, headers: [(name: String, value: String)],
    completion: @escaping @Sendable (OneShotClient.Outcome) -> Void
  ) {
    guard let url = WebAddress(address) else { return completion(.failed("not an address")) }
    guard !url.isSecure else {
      return secure.send(body, to: address, headers: headers, completion: completion)
    }
    plain.send(
      Self.request(body, to: url, headers), host: url.host, port: url.port, within: Self.timeout,
      completion: completion)
  }

  /// Ends all attempts; what comes later fails.
  func close() {
    plain.close()
    secure.close()
  }

  private static func request(
    _ body: [UInt8], to url: WebAddress, _ headers: [(name: String, value: String)]
  ) -> [UInt8] {
    var head = "POST \(url.target) HTTP/1.1\r\nHost: \(url.hostAndPort)\r\n"
    head += "User-Agent: cloro-mock\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    head += "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n"
    return Array(head.utf8) + body
  }
}
