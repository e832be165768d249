import ArgumentParser
import CloroMock
import HTTPServer
import JSON
import Logging
import Platform

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Runs the double until it is told to stop.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    // Heard only where it is parsed without its root, as at each start: the parser then doesn't
    // look for its own option to print completions, which takes a fifteenth of the start.
    _superCommandName: "cloro-mock",
    abstract: "Run the double (the default).",
    discussion: """
      Every option has an environment variable, named CLORO_MOCK_ and the option in capitals, for \
      example CLORO_MOCK_PLAN; a flag wins over its variable.
      """)

  @Option(
    help: "The plan of the built-in key: see 'cloro-mock plans'. (default: hobby)",
    completion: .list(PlanCatalogue.builtInNames))
  var plan: String?

  @Option(
    help: "A fixture file, or magic for the magic keys; may be given several times.",
    completion: .file(extensions: ["json"]))
  var fixture: [String] = []

  @Option(
    help: "The address to listen on. (default: 127.0.0.1)",
    completion: .list(["127.0.0.1", "0.0.0.0", "::1", "::", "localhost"]))
  var host: String?

  @Option(help: "The port to listen on, 0 for any free one. (default: 8080)")
  var port: String?

  @Option(
    help: "A file that the port is written to once requests are accepted.", completion: .file())
  var portFile: String?

  @Option(help: "A port for https, 0 for any free one. (default: none)")
  var tlsPort: String?

  @Option(
    help: "The certificate of https with its chain, a file in PEM form; with --tls-key.",
    completion: .file())
  var tlsCert: String?

  @Option(
    help: "The certificate's key, a file in PEM form; with --tls-cert.", completion: .file())
  var tlsKey: String?

  @Option(
    help: "A file that gets the certificate of the double's authority, to be trusted.",
    completion: .file())
  var caFile: String?

  @Option(
    help: "A file that gets the system's authorities and the double's.", completion: .file())
  var caBundle: String?

  @Option(
    help: "A folder that keeps the double's authority. (default: made anew in memory)",
    completion: .directory)
  var caDir: String?

  @Option(help: "The ledger's file. (default: in memory)", completion: .file())
  var database: String?

  @Option(
    help: "A snapshot's file to start from: state and time as they were. (default: none)",
    completion: .file(extensions: ["json"]))
  var snapshot: String?

  @Option(
    help: "The contract: 2026-07 or 2026-10. (default: 2026-07)",
    completion: .list(ContractRevision.allCases.map(\.rawValue)))
  var contract: String?

  @Option(
    help: "How time runs: real, manual, or xN for N times as fast. (default: real)",
    completion: .list(["real", "manual", "x10", "x60", "x1000"]))
  var clock: String?

  @Option(help: "What identifiers and draws start from. (default: 0)")
  var seed: String?

  @Option(
    help: """
      How long answers take: 250ms, uniform(1s,3s), lognormal(2s,0.4), \
      lognormal(median=12s,p99=75s), percentiles(50:12s,95:40s,99:75s). (default: 0ms)
      """)
  var latency: String?

  @Option(
    help: """
      How well a day goes at the engines: \(Weather.builtInNames.joined(separator: ", ")), or a \
      file. (default: none)
      """, completion: .list(Weather.builtInNames))
  var weather: String?

  @Option(
    help: "A folder of recordings, which answer what was recorded. (default: none)",
    completion: .directory)
  var replay: String?

  @Option(
    help: """
      What answers a question that isn't recorded: generate, fail, or record, with --record. \
      (default: generate)
      """,
    completion: .list(MissedRecording.allCases.map(\.rawValue)))
  var onMiss: String?

  @Option(
    help: """
      A folder in which answers of the real service are recorded: it is asked with the key of \
      CLORO_MOCK_UPSTREAM_KEY, and spends real credits. (default: none)
      """, completion: .directory)
  var record: String?

  @Option(help: "The real service: https://api.cloro.dev, or http:// on this machine.")
  var upstream: String?

  @Option(help: "The authorities that vouch for it, a file in PEM form.", completion: .file())
  var upstreamCa: String?

  @Option(help: "The credits that recording may spend. (default: 100)")
  var maxCredits: String?

  @Option(help: "The bearer token of the control API. (default: none)")
  var adminToken: String?

  @Option(
    help: """
      What CONNECT does: off, intercept (answers for api.cloro.dev), or tunnel (lets other hosts \
      through too). (default: intercept)
      """, completion: .list(ProxyMode.allCases.map(\.rawValue)))
  var proxy: String?

  @Option(help: "How many requests the journal keeps; 0 switches it off. (default: 10000)")
  var journalEntries: String?

  @Option(help: "How many bytes the journal takes; 0 switches it off. (default: 67108864)")
  var journalBytes: String?

  @Option(help: "How long a request is held at most, in real time. (default: 60s)")
  var holdLimit: String?

  @Option(
    help: "Where the report is written at the end, and on SIGUSR1: a .json, .md or .xml file.",
    completion: .file(extensions: ["json", "md", "xml"]))
  var report: String?

  @Option(help: "Exit with 3 when more credits than this were taken. (default: none)")
  var budget: String?

  @Option(
    help: "How much is kept at most, for example keys=1000; may be given several times.",
    completion: .list(KeptLimits.names.map { "\($0.name)=" }))
  var limit: [String] = []

  @Option(
    help: "The least severe level to log. (default: info)",
    completion: .list(Logger.Level.allCases.map(\.rawValue)))
  var logLevel: String?

  @Option(
    help: "The form of log lines: text or json. (default: text)",
    completion: .list(StandardErrorLog.Format.allCases.map(\.rawValue)))
  var logFormat: String?

  @Flag(help: "Reload fixtures that change; a broken one is reported and the old one stays.")
  var watch = false

  @Flag(
    name: .customLong("until-eof"),
    help: """
      End as soon as standard input ends. Who starts the double holds the other end of a pipe, and \
      nothing is left when that process ends, in whatever way.
      """)
  var untilEndOfInput = false

  @Flag(
    help: """
      Refuse members that a request doesn't have, which cloro ignores, and questions that no stub \
      answers.
      """)
  var strict = false

  @Flag(help: "Charge for a recorded answer what the service has charged, not its price.")
  var recordedCredits = false

  @Flag(help: "Record errors too, not only results.")
  var recordErrors = false

  @Flag(help: "Let requests ask for faults and latencies by their header X-Cloro-Mock.")
  var allowOverrides = false

  /// How long running requests may take once standard input has ended, in seconds. Who asked is
  /// likely to be gone.
  private static let timeAfterInput = 2.0

  /// The main thread waits here until a signal ends the double. Nothing of it is asynchronous,
  /// because Swift's own executor depends on queues that end the process without descriptors.
  func run() throws {
    let termination = try takeSignals()
    // The double must not end when the reader of its output goes away.
    System.ignore(System.brokenPipe)
    // Nor when its ledger's file may not grow: writes then fail, and requests get a 500.
    System.ignore(System.fileTooLarge)
    let settings = try ServeSettings(self, environment: ProcessInfo.processInfo.environment)
    let mock = try start(settings)
    let watcher = try watch(settings, mock)
    do {
      try announce(mock, settings)
    } catch {
      mock.stopAndWait(within: 0)
      throw error
    }
    if settings.endsWithInput { try System.endWithInput(within: Self.timeAfterInput) }
    let conclusion = Conclusion(settings, isRun: false)
    withExtendedLifetime(watcher) {
      while termination.wait() == .report { _ = conclusion.write(mock.presentReport) }
    }
    mock.stopAndWait()
    System.exitImmediately(conclusion.conclude(mock.presentReport, mock))
  }

  private func takeSignals() throws -> TerminationSignals {
    try refusing { () throws(SystemError) in try TerminationSignals() }
  }

  /// Begins to reload fixtures that change, if that is asked for.
  func watch(_ settings: ServeSettings, _ mock: MockServer) throws -> FixtureWatcher? {
    guard settings.watches else { return nil }
    let watcher = FixtureWatcher(mock, loaded: settings.loaded)
    try refusing { () throws(SystemError) in try watcher.start() }
    return watcher
  }

  /// Ends the process with 1 when the system gives too little to start.
  private func refusing<Value>(_ body: () throws(SystemError) -> Value) throws -> Value {
    do throws(SystemError) {
      return try body()
    } catch {
      Message.write("cannot start: \(error)\(error.remedy)")
      throw ExitCode.failure
    }
  }

  /// The fewest descriptors with which the double can answer anybody: it opens some twenty itself.
  private static let leastDescriptors = 40

  func start(_ settings: ServeSettings) throws -> MockServer {
    let descriptors = System.raiseDescriptorLimit()
    guard descriptors >= Self.leastDescriptors else {
      Message.write(
        """
        only \(descriptors) descriptors may be open (ulimit -n); \
        at least \(Self.leastDescriptors) are needed
        """)
      throw ExitCode.failure
    }
    do throws(MockStartError) {
      var configuration = settings.configuration
      configuration.limits.fitProcess(opensTunnels: configuration.proxy == .tunnel)
      let mock = try MockServer(configuration)
      try mock.start()
      return mock
    } catch {
      if case .unknownPlan(let name, let known) = error {
        throw ServeSettings.usage(
          settings.planOrigin, name, "one of \(known.joined(separator: ", "))", near: known)
      }
      if case .snapshot(let problems) = error {
        ServeSettings.tell(of: problems, in: settings.snapshotPath ?? "")
        throw ExitCode.badFixture
      }
      if case .tls(let reason) = error, reason.isOfFiles {
        Message.write("\(settings.certificatesOrigin) can't be used: \(reason)")
        throw ExitCode.validationFailure
      }
      Message.write("\(error)")
      if case .recordings = error { throw ExitCode(65) }
      throw ExitCode.failure
    }
  }

  /// Prints the ready line and the keys, and nothing else.
  private func announce(_ mock: MockServer, _ settings: ServeSettings) throws {
    try settings.authorityFiles.write(of: mock)
    if let file = settings.portFile { try write(mock.boundPort, to: file) }
    var lines = "cloro-mock listening on \(mock.url)\n"
    if let url = mock.secureURL { lines += "cloro-mock listening on \(url)\n" }
    if mock.isReadingKeys {
      // Nobody who waits for the double waits for all keys of a large file.
      try StandardOutput.write(lines, readerMayLeave: true)
      lines = ""
    }
    for key in mock.keys {
      lines += "key \(key.key) organization \(ShownText.value(key.organization))"
      lines += " plan \(ShownText.value(key.plan))"
      lines += " credits \(key.credits) concurrency \(key.concurrency)\n"
    }
    try StandardOutput.write(lines, readerMayLeave: true)
    if settings.isOnTerminal {
      System.writeText(banner(mock, settings), to: 2)
    } else if !settings.isLocal {
      // Whoever listens for other machines, as a container does, is looked at by its log.
      let page = ClientVariables(url: mock.url, key: mock.key).url + "/_mock/"
      mock.logger.info("ready", metadata: ["page": "\(page)", "version": "\(Version.number)"])
    }
  }

  /// A summary for a person at a terminal.
  private func banner(_ mock: MockServer, _ settings: ServeSettings) -> String {
    let ledger = settings.configuration.database ?? "memory"
    return """
      cloro-mock \(Version.number) · contract \(mock.contract.rawValue) · clock \
      \(mock.clock.mode) · ledger in \(ledger)
      page \(mock.url)/_mock/ · Ctrl-C ends it

      """
  }

  /// Writes the port to a file, see ``OutputFile``.
  func write(_ port: Int, to file: String) throws {
    do throws(OutputFile.Failure) {
      try OutputFile.write(Array("\(port)\n".utf8), to: file)
    } catch {
      Message.write("the port file \(error)")
      throw ExitCode.failure
    }
  }
}

/// The options as the parser finds them, which looks at them twice a start.
///
/// Without this list it asks the system, which looks for the names and types of the properties in
/// the program's metadata: that takes a 25th of the start. An option that isn't listed ends each
/// start with a message that names it.
extension ServeCommand: CustomReflectable {
  var customMirror: Mirror {
    let children: [Mirror.Child] = [
      ("_plan", _plan), ("_fixture", _fixture), ("_host", _host), ("_port", _port),
      ("_portFile", _portFile), ("_tlsPort", _tlsPort), ("_tlsCert", _tlsCert),
      ("_tlsKey", _tlsKey), ("_caFile", _caFile), ("_caBundle", _caBundle), ("_caDir", _caDir),
      ("_database", _database), ("_snapshot", _snapshot), ("_contract", _contract),
      ("_clock", _clock), ("_seed", _seed), ("_latency", _latency), ("_weather", _weather),
      ("_replay", _replay), ("_onMiss", _onMiss), ("_record", _record), ("_upstream", _upstream),
      ("_upstreamCa", _upstreamCa), ("_maxCredits", _maxCredits), ("_adminToken", _adminToken),
      ("_proxy", _proxy), ("_journalEntries", _journalEntries), ("_journalBytes", _journalBytes),
      ("_holdLimit", _holdLimit), ("_report", _report), ("_budget", _budget), ("_limit", _limit),
      ("_logLevel", _logLevel), ("_logFormat", _logFormat), ("_watch", _watch),
      ("_untilEndOfInput", _untilEndOfInput), ("_strict", _strict),
      ("_recordedCredits", _recordedCredits), ("_recordErrors", _recordErrors),
      ("_allowOverrides", _allowOverrides),
    ]
    return Mirror(self, children: children)
  }
}
