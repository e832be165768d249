import ArgumentParser
import HTTPServer

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

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let port = environment["CLORO_MOCK_PORT"] ?? environment["PORT"] ?? "8080"
    let text = url ?? "http://127.0.0.1:\(port)"
    guard let address = URL(string: text), address.scheme == "http", let host = address.host()
    else {
      throw ValidationError("--url: \"\(text)\" can't be used; allowed: http://HOST:PORT")
    }
    do throws(SystemError) {
      let status = try System.requestStatus(
        host: host.filter { $0 != "[" && $0 != "]" }, port: address.port ?? 80,
        path: "/_mock/ready", timeout: 2)
      if status == 200 { return }
      System.writeText("\(text) answers \(status)\n", to: 2)
    } catch {
      System.writeText("\(text): \(error)\n", to: 2)
    }
    throw ExitCode.failure
  }
}
