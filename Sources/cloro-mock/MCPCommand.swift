import ArgumentParser
import CloroContract
import CloroMock
import Platform

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Speaks the Model Context Protocol over standard input and output.
///
/// What answers is the double's own `/_mock/mcp`: of one in this process, or of one that runs. So
/// both transports are the same to an agent.
struct MCPCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp",
    abstract: "Serve a coding agent over standard input and output.",
    usage: "cloro-mock mcp [--url <url>] [<serve options>]",
    discussion: """
      One JSON-RPC message a line, of the Model Context Protocol; nothing else is on standard \
      output. A double is started on a free port, unless --port or CLORO_MOCK_PORT gives one, and \
      lives until standard input ends. With --url the agent's calls go to a double that runs; its \
      admin token is CLORO_MOCK_ADMIN_TOKEN, and serve's options mean nothing.

      Example of a client's settings:
        {"command": "cloro-mock", "args": ["mcp", "--clock", "manual"]}
      """)

  @Option(help: "A running double's address. (default: a double of its own)")
  var url: String?

  @OptionGroup
  var double: ServeCommand

  func run() throws {
    System.ignore(System.brokenPipe)
    let environment = ProcessInfo.processInfo.environment
    if let url {
      guard let address = WebAddress(url), !address.isSecure else {
        throw ServeSettings.usage("--url", url, "http://HOST:PORT")
      }
      let token = environment["CLORO_MOCK_ADMIN_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
      return AgentBridge(to: address, token: token).run()
    }
    var own = environment
    own["PORT"] = nil
    if own["CLORO_MOCK_PORT", default: ""].isEmpty { own["CLORO_MOCK_PORT"] = "0" }
    let settings = try ServeSettings(double, environment: own)
    let mock = try double.start(settings)
    guard let address = WebAddress(mock.url) else {
      preconditionFailure("A double's address is an address.")
    }
    AgentBridge(to: address, token: settings.configuration.adminToken).run()
    mock.stopAndWait(within: 0)
  }
}
