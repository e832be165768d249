import ArgumentParser
import Foundation
import HTTPServer

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Asks a running double whether it is ready.
struct HealthcheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthcheck",
    abstract: "Exit with 0 when a running double is ready, else with 1.")

  @Option(help: "The double's address. (default: this machine, CLORO_MOCK_PORT, PORT or 8080)")
  var url: String?

  /// How long the double may take to answer, in seconds.
  private static let timeout = 2.0

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let port = environment["CLORO_MOCK_PORT"] ?? environment["PORT"] ?? "8080"
    let text = url ?? "http://127.0.0.1:\(port)"
    guard let address = URL(string: text), address.scheme == "http", address.host() != nil else {
      throw ServeSettings.usage("--url", text, "http://HOST:PORT")
    }
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = Self.timeout
    configuration.timeoutIntervalForResource = Self.timeout
    do {
      let (_, response) = try await URLSession(configuration: configuration)
        .data(from: address.appending(path: "_mock/ready"))
      let status = (response as? HTTPURLResponse)?.statusCode ?? 0
      if status == 200 { System.exitImmediately(0) }
      System.writeText("\(text) answers \(status)\n", to: 2)
    } catch {
      System.writeText("\(text): \(error.localizedDescription)\n", to: 2)
    }
    System.exitImmediately(1)
  }
}
