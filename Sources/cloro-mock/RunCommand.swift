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
    usage: "cloro-mock run [<serve options>] [--https] -- <command> ...",
    discussion: """
      The double listens on a free port, unless --port or CLORO_MOCK_PORT gives one. The command \
      finds its address and key in CLORO_BASE_URL and CLORO_API_KEY, and the address in \
      CLORO_MOCK_URL too. Its standard streams are untouched, and signals sent to cloro-mock reach \
      it. When it has ended, standard error says how many credits it took, and what it did that \
      cloro's documents advise against.

      With --https a program that calls https://api.cloro.dev reaches the double too: it is the \
      proxy of HTTPS_PROXY, and SSL_CERT_FILE and its like name an authority that is trusted for \
      this run alone. Other hosts are reached as ever (--proxy tunnel).

      Exit codes: the command's own, 128 and the signal's number when a signal has ended it, 127 \
      when it can't be started; 3 when the budget is exceeded and the command itself ended with 0. \
      When the double can't start the command isn't run, and the code is that of 'serve'.

      Examples:
        cloro-mock run --plan free --budget 100 -- pytest -q
        cloro-mock run --https -- npm test
      """)

  @OptionGroup
  var double: ServeCommand

  @Flag(help: "Lead https://api.cloro.dev to the double as well, by variables.")
  var https = false

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
    let https = try self.https || ServeSettings.isOn("CLORO_MOCK_HTTPS", in: environment)
    let settings = try ServeSettings(double, environment: ownDefaults(environment, https))
    if https, settings.configuration.proxy == .off {
      Message.write("--https needs the proxy, which is switched off")
      throw ExitCode.validationFailure
    }
    let mock = try double.start(settings)
    try settings.authorityFiles.write(of: mock)
    if let file = settings.portFile { try double.write(mock.boundPort, to: file) }
    let watcher = try double.watch(settings, mock)
    // A signal that comes from now on is the command's, after which the files are removed.
    Command.takeSignals()
    let folder = https ? try folder(of: mock, environment) : nil
    do throws(SystemError) {
      try Command.start(command, with: variables(of: mock, settings, environment, folder))
    } catch {
      folder?.remove(ProxyVariables.fileNames)
      Message.write("\(program) can't be started: \(error.reason)")
      System.exitImmediately(127)
    }
    let status = withExtendedLifetime(watcher) { Command.wait() }
    folder?.remove(ProxyVariables.fileNames)
    let report = mock.presentReport
    for line in report.summary { Message.write(line) }
    // At once: the one that waited for answers has ended.
    mock.stopAndWait(within: 0)
    let own = Conclusion(settings, isRun: true).conclude(report, mock)
    System.exitImmediately(status == 0 ? own : status)
  }

  /// The environment with what `run` chooses unless somebody else has: a free port, and with
  /// `--https` a proxy that lets other hosts through. `PORT` is not looked at, for it is meant for
  /// the command.
  private func ownDefaults(
    _ environment: [String: String], _ https: Bool
  ) -> [String: String] {
    var environment = environment
    environment["PORT"] = nil
    if environment["CLORO_MOCK_PORT", default: ""].isEmpty { environment["CLORO_MOCK_PORT"] = "0" }
    if https, environment["CLORO_MOCK_PROXY", default: ""].isEmpty {
      environment["CLORO_MOCK_PROXY"] = ProxyMode.tunnel.rawValue
    }
    return environment
  }

  /// A folder with the files by which the command comes to trust the double.
  private func folder(
    of mock: MockServer, _ environment: [String: String]
  ) throws -> TemporaryFolder {
    let parent = environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    let folder: TemporaryFolder
    do throws(SystemError) {
      folder = try TemporaryFolder(in: parent, "cloro-mock")
    } catch {
      Message.write("no folder can be made in \(parent): \(error.reason)")
      throw ExitCode.failure
    }
    do {
      try AuthorityFiles(
        certificate: "\(folder.path)/\(ProxyVariables.fileNames[0])",
        bundle: "\(folder.path)/\(ProxyVariables.fileNames[1])",
        systemFile: environment["SSL_CERT_FILE"]
      ).write(of: mock)
    } catch {
      folder.remove(ProxyVariables.fileNames)
      throw error
    }
    return folder
  }

  private func variables(
    of mock: MockServer, _ settings: ServeSettings, _ environment: [String: String],
    _ folder: TemporaryFolder?
  ) -> [(name: String, value: String)] {
    let client = ClientVariables(url: mock.url, key: mock.key)
    let token = settings.configuration.adminToken
    var variables = client.all
    // What the command does is not the real service's.
    if settings.configuration.record != nil { variables.append(("CLORO_MOCK_UPSTREAM_KEY", "")) }
    if let token { variables.append(("CLORO_MOCK_ADMIN_TOKEN", token)) }
    if let folder {
      variables += ProxyVariables(url: client.url, token: token, folder: folder.path)
        .all(in: environment)
    }
    return variables
  }
}
