import ArgumentParser
import CloroMock
import HTTPServer
import Platform

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Runs a command against a double that lives as long as the command.
///
/// The double is in this process, and the command is its child. So the double can't outlive this
/// process, however that ends. The command, when this process is killed, is sent SIGTERM by Linux;
/// on macOS it goes on without a double.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a command against a double that lives as long as it.",
    usage: "cloro-mock run [<serve options>] -- <command> ...",
    discussion: """
      The double listens on a free port, unless --port or CLORO_MOCK_PORT gives one. The command \
      finds its address and key in CLORO_BASE_URL and CLORO_API_KEY, and the address in \
      CLORO_MOCK_URL too. Its standard streams are untouched, and signals sent to cloro-mock reach \
      it. When it has ended, standard error says how many credits it took, and what it did that \
      cloro's documents advise against.

      Exit codes: the command's own, 128 and the signal's number when a signal has ended it, 127 \
      when it can't be started; 3 when the budget is exceeded and the command itself ended with 0. \
      When the double can't start the command isn't run, and the code is that of 'serve'.

      Example: cloro-mock run --plan free --budget 100 -- pytest -q
      """)

  @OptionGroup
  var double: ServeCommand

  @Argument(
    parsing: .postTerminator, help: ArgumentHelp("The command, after --.", valueName: "command"))
  var command: [String] = []

  func run() throws {
    Command.remember()
    System.ignore(System.brokenPipe)
    System.ignore(System.fileTooLarge)
    guard let program = command.first else {
      Message.write("run needs a command after --, as in: cloro-mock run -- pytest")
      throw ExitCode.validationFailure
    }
    let environment = ProcessInfo.processInfo.environment
    let settings = try ServeSettings(double, environment: Self.onAnyPort(environment))
    let mock = try double.start(settings)
    if let file = settings.portFile { try double.write(mock.boundPort, to: file) }
    let watcher = try double.watch(settings, mock)
    do throws(SystemError) {
      try Command.start(command, with: variables(of: mock, settings))
    } catch {
      Message.write("\(program) can't be started: \(error.reason)")
      System.exitImmediately(127)
    }
    let status = withExtendedLifetime(watcher) { Command.wait() }
    let report = mock.presentReport
    for line in report.summary { Message.write(line) }
    // At once: the one that waited for answers has ended.
    mock.stopAndWait(within: 0)
    let own = Conclusion(settings, isRun: true).conclude(report, mock)
    System.exitImmediately(status == 0 ? own : status)
  }

  /// The environment with a free port for the double, unless one was chosen for it. `PORT` is not
  /// looked at, for it is meant for the command.
  private static func onAnyPort(_ environment: [String: String]) -> [String: String] {
    var environment = environment
    environment["PORT"] = nil
    if environment["CLORO_MOCK_PORT", default: ""].isEmpty { environment["CLORO_MOCK_PORT"] = "0" }
    return environment
  }

  private func variables(
    of mock: MockServer, _ settings: ServeSettings
  ) -> [(name: String, value: String)] {
    var variables = ClientVariables(url: mock.url, key: mock.key).all
    if let token = settings.configuration.adminToken {
      variables.append(("CLORO_MOCK_ADMIN_TOKEN", token))
    }
    return variables
  }
}
