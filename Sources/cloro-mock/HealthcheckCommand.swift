import ArgumentParser
import CloroContract
import HTTPServer
import Platform
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Asks a running double whether it is ready.
struct HealthcheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthcheck",
    abstract: "Exit with 0 when a running double is ready, else with 1.")

  @Option(help: "The double's address. (default: this machine, CLORO_MOCK_PORT, PORT or 8080)")
  var url: String?

  /// How long the double may take to answer, in seconds.
  private static let timeout = 2.0

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let port = environment["CLORO_MOCK_PORT"] ?? environment["PORT"] ?? "8080"
    let text = url ?? "http://127.0.0.1:\(port)"
    guard let address = WebAddress(text), !address.isSecure else {
      throw ServeSettings.usage("--url", text, "http://HOST:PORT")
    }
    switch Self.status(of: address) {
    case .answered(200): System.exitImmediately(0)
    case .answered(let status): Message.write("\(text) answers \(status)")
    case .failed(let reason): Message.write("\(text): \(reason)")
    }
    System.exitImmediately(1)
  }

  private static func status(of address: WebAddress) -> OneShotClient.Outcome {
    let folder = address.path.hasSuffix("/") ? String(address.path.dropLast()) : address.path
    let request = """
      GET \(folder)/_mock/ready HTTP/1.1\r
      Host: \(address.hostAndPort)\r
      Connection: close\r
      \r

      """
    let client = OneShotClient()
    let arrival = Latch()
    let outcome = Mutex(OneShotClient.Outcome.failed("no answer"))
    client.send(
      Array(request.utf8), host: address.host, port: address.port, within: timeout
    ) { told in
      outcome.withLock { $0 = told }
      arrival.open()
    }
    arrival.wait()
    return outcome.withLock { $0 }
  }
}
