import Bytes
import CloroContract

/// Where reports go: what is worked out once for all reports to the same address.
final class WebhookReceiver: Sendable {
  /// As the task has it.
  let url: String
  /// The key of its gate: scheme, host and port.
  let key: String
  /// nil when the text is no address.
  let address: WebAddress?
  /// How each request to it begins.
  private let start: [UInt8]

  init(_ url: String) {
    self.url = url
    key = Self.key(of: url)
    address = WebAddress(url)
    guard let address else {
      start = []
      return
    }
    start = Array(
      """
      POST \(address.target) HTTP/1.1\r
      Host: \(address.hostAndPort)\r
      User-Agent: cloro-mock\r

      """.utf8)
  }

  private static func key(of url: String) -> String {
    let parts = url.split(separator: "/", maxSplits: 2)
    guard parts.count > 1 else { return url }
    return "\(parts[0])//\(parts[1].prefix { $0 != "?" && $0 != "#" })".lowercased()
  }

  /// A request as it stands on the wire.
  ///
  /// - Parameter keepsConnection: Whether another request may follow on its connection.
  func request(
    _ body: [UInt8], _ headers: [WebhookHeaders.Field], keepsConnection: Bool
  ) -> [UInt8] {
    var request: [UInt8] = []
    let fields = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    request.reserveCapacity(start.count + fields + 64 + body.count)
    request += start
    for (name, value) in headers {
      request += name.utf8
      request.append(": ")
      request += value.utf8
      request.append("\r\n")
    }
    request.append("Content-Length: ")
    request.append(decimal: Int64(body.count))
    request.append(keepsConnection ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n")
    request += body
    return request
  }
}
