import ArgumentParser
import CloroContract
import CloroMock
import JSON
import Logging
import Platform
import Simulation

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The checked flags of `serve`, with their environment variables.
struct ServeSettings {
  /// A setting's text and its origin, for messages.
  struct Source {
    let origin: String
    let text: String
  }

  private(set) var configuration = MockConfiguration()
  private(set) var fixtures: [String] = []
  /// The fixture files as they were loaded.
  private(set) var loaded: [FixtureFile] = []
  private(set) var portFile: String?
  /// The file of the snapshot that the double starts from.
  private(set) var snapshotPath: String?
  private(set) var authorityFiles = AuthorityFiles()
  /// The origin of what says where certificates come from, for messages.
  private(set) var certificatesOrigin = "--tls-port"
  /// Where the report is written, and in which form.
  private(set) var report: (path: String, format: RunReport.Format)?
  /// Whether only this machine can reach the double.
  var isLocal: Bool {
    let host = configuration.host
    return host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }
  /// Whether the log is written to a terminal.
  private(set) var isOnTerminal = false
  private(set) var watches: Bool
  /// Whether the double ends when standard input does.
  private(set) var endsWithInput: Bool
  /// The origin of the plan's name, for messages.
  private(set) var planOrigin = "--plan"

  /// - Throws: A usage error that names the flag or variable, its value and the allowed values;
  ///   exit code 65 when a fixture is invalid.
  init(_ command: ServeCommand, environment: [String: String]) throws {
    func setting(_ flag: String, _ value: String?, _ variables: String...) -> Source? {
      if let value { return Source(origin: "--\(flag)", text: value) }
      for variable in variables {
        // An empty variable counts as not set, because compose files write unset variables so.
        if let text = environment[variable], !text.isEmpty {
          return Source(origin: variable, text: text)
        }
      }
      return nil
    }
    func value<Value>(
      _ source: Source?, _ allowed: String, near names: [String] = [],
      _ convert: (String) -> Value?
    ) throws -> Value? {
      guard let source else { return nil }
      guard let value = convert(source.text) else {
        throw Self.usage(source.origin, source.text, allowed, near: names)
      }
      return value
    }
    try UnknownVariables.refuse(in: environment)

    watches = try command.watch || Self.isOn("CLORO_MOCK_WATCH", in: environment)
    endsWithInput =
      try command.untilEndOfInput || Self.isOn("CLORO_MOCK_UNTIL_EOF", in: environment)
    configuration.strict = try command.strict || Self.isOn("CLORO_MOCK_STRICT", in: environment)
    configuration.allowOverrides =
      try command.allowOverrides || Self.isOn("CLORO_MOCK_ALLOW_OVERRIDES", in: environment)
    if let plan = setting("plan", command.plan, "CLORO_MOCK_PLAN") {
      configuration.plan = plan.text
      planOrigin = plan.origin
    }
    configuration.host =
      try value(setting("host", command.host, "CLORO_MOCK_HOST"), HostSetting.allowed) { text in
        HostSetting.isUsable(text) ? text : nil
      } ?? configuration.host
    configuration.port =
      try value(
        setting("port", command.port, "CLORO_MOCK_PORT", "PORT"), "a number from 0 to 65535"
      ) { text in Int(text).flatMap { 0...65_535 ~= $0 ? $0 : nil } } ?? 8080
    func output(_ source: Source?) throws -> String? {
      try value(source, "a file, or a device or FIFO that can be written into") { text in
        OutputFile.refusal(of: text) == nil ? text : nil
      }
    }
    portFile = try output(setting("port-file", command.portFile, "CLORO_MOCK_PORT_FILE"))
    configuration.tlsPort = try value(
      setting("tls-port", command.tlsPort, "CLORO_MOCK_TLS_PORT"), "a number from 0 to 65535"
    ) { text in Int(text).flatMap { 0...65_535 ~= $0 ? $0 : nil } }
    let sources = CertificateSources(
      certificate: setting("tls-cert", command.tlsCert, "CLORO_MOCK_TLS_CERT"),
      key: setting("tls-key", command.tlsKey, "CLORO_MOCK_TLS_KEY"),
      folder: setting("ca-dir", command.caDir, "CLORO_MOCK_CA_DIR"),
      authorityFile: setting("ca-file", command.caFile, "CLORO_MOCK_CA_FILE"),
      bundle: setting("ca-bundle", command.caBundle, "CLORO_MOCK_CA_BUNDLE"))
    (configuration.certificates, certificatesOrigin) = try Self.certificates(sources)
    authorityFiles = AuthorityFiles(
      certificate: try output(sources.authorityFile), bundle: try output(sources.bundle),
      systemFile: environment["SSL_CERT_FILE"])
    report = try value(
      setting("report", command.report, "CLORO_MOCK_REPORT"),
      "a file that can be written, whose name ends in .json, .md or .xml"
    ) { text in
      guard let format = RunReport.Format(fileName: text), OutputFile.refusal(of: text) == nil
      else { return nil }
      return (text, format)
    }
    configuration.budget = try value(
      setting("budget", command.budget, "CLORO_MOCK_BUDGET"), "a whole number of credits from 0"
    ) { text in Int64(text).flatMap { $0 >= 0 ? $0 : nil } }
    configuration.database = try value(
      setting("database", command.database, "CLORO_MOCK_DATABASE"),
      "a file's path, or :memory: for a ledger in memory, which is the default"
    ) { text in text.isEmpty || text.hasPrefix("file:") ? nil : text }
    configuration.contract = try value(
      setting("contract", command.contract, "CLORO_MOCK_CONTRACT"), "2026-07 or 2026-10",
      near: ContractRevision.allCases.map(\.rawValue)
    ) { ContractRevision(rawValue: $0) }
    configuration.clock =
      try value(
        setting("clock", command.clock, "CLORO_MOCK_CLOCK"), "real, manual or xN, for example x60",
        near: ["real", "manual"]
      ) { ClockMode($0) }
    if let source = setting("snapshot", command.snapshot, "CLORO_MOCK_SNAPSHOT") {
      configuration.snapshot = try Self.snapshot(source.text)
      snapshotPath = source.text
    }
    configuration.seed =
      try value(
        setting("seed", command.seed, "CLORO_MOCK_SEED"), "a whole number from 0 to \(Int64.max)"
      ) { text in Int64(text).flatMap { $0 >= 0 ? UInt64($0) : nil } } ?? 0
    configuration.latency = try value(
      setting("latency", command.latency, "CLORO_MOCK_LATENCY"), LatencyDistribution.expected
    ) { LatencyDistribution($0) }
    if let weather = setting("weather", command.weather, "CLORO_MOCK_WEATHER") {
      configuration.weather = try Self.weather(weather)
    }
    configuration.replay = setting("replay", command.replay, "CLORO_MOCK_REPLAY")?.text
    let onMiss = setting("on-miss", command.onMiss, "CLORO_MOCK_ON_MISS")
    let misses = MissedRecording.allCases.map(\.rawValue)
    configuration.onMiss =
      try value(onMiss, misses.joined(separator: " or "), near: misses) {
        MissedRecording(rawValue: $0)
      } ?? .generate
    configuration.recordedCredits =
      try command.recordedCredits || Self.isOn("CLORO_MOCK_RECORDED_CREDITS", in: environment)
    configuration.record = try Self.order(
      folder: setting("record", command.record, "CLORO_MOCK_RECORD"),
      upstream: setting("upstream", command.upstream, "CLORO_MOCK_UPSTREAM"),
      authorities: setting("upstream-ca", command.upstreamCa, "CLORO_MOCK_UPSTREAM_CA"),
      credits: setting("max-credits", command.maxCredits, "CLORO_MOCK_MAX_CREDITS"),
      errors: command.recordErrors || Self.isOn("CLORO_MOCK_RECORD_ERRORS", in: environment),
      key: environment["CLORO_MOCK_UPSTREAM_KEY"] ?? "")
    if let onMiss, configuration.onMiss == .record, configuration.record == nil {
      throw Self.usage(onMiss.origin, onMiss.text, "it goes with --record")
    }
    if configuration.record != nil, configuration.replay != nil, configuration.onMiss != .record {
      Message.write("--record and --replay go together with --on-miss record only")
      throw ExitCode.validationFailure
    }
    if let onMiss, configuration.replay == nil {
      throw Self.usage(onMiss.origin, onMiss.text, "it goes with --replay")
    }
    configuration.holdLimit =
      try value(
        setting("hold-limit", command.holdLimit, "CLORO_MOCK_HOLD_LIMIT"),
        "a duration such as 500ms, 60s or 5m, at most 24h"
      ) { text in
        guard case .constant(let limit)? = LatencyDistribution(text) else { return nil }
        return .nanoseconds(limit)
      } ?? configuration.holdLimit
    configuration.adminToken = try value(
      setting("admin-token", command.adminToken, "CLORO_MOCK_ADMIN_TOKEN"), AdminToken.expected
    ) { text in AdminToken.isUsable(text) ? text : nil }
    configuration.proxy =
      try value(
        setting("proxy", command.proxy, "CLORO_MOCK_PROXY"), "off, intercept or tunnel"
      ) { ProxyMode(rawValue: $0) } ?? .intercept
    func count(_ source: Source?) throws -> Int? {
      try value(source, "a whole number of at least 0") { text in
        Int(text).flatMap { $0 >= 0 ? $0 : nil }
      }
    }
    configuration.journal.entries =
      try count(
        setting("journal-entries", command.journalEntries, "CLORO_MOCK_JOURNAL_ENTRIES"))
      ?? configuration.journal.entries
    configuration.journal.bytes =
      try count(setting("journal-bytes", command.journalBytes, "CLORO_MOCK_JOURNAL_BYTES"))
      ?? configuration.journal.bytes
    var limits = command.limit.map { Source(origin: "--limit", text: $0) }
    if limits.isEmpty, let list = setting("limit", nil, "CLORO_MOCK_LIMIT") {
      limits = list.text.split(separator: ",").map {
        Source(origin: list.origin, text: String($0))
      }
    }
    for limit in limits where !configuration.kept.set(limit.text) {
      let names = KeptLimits.names.map(\.name).joined(separator: "=N, ")
      throw Self.usage(limit.origin, limit.text, "\(names)=N, with N from 0 to 1000000000")
    }
    let levels = Logger.Level.allCases.map(\.rawValue)
    let level =
      try value(
        setting("log-level", command.logLevel, "CLORO_MOCK_LOG_LEVEL"),
        levels.joined(separator: ", "), near: levels
      ) { Logger.Level(rawValue: $0) } ?? .info
    let format =
      try value(
        setting("log-format", command.logFormat, "CLORO_MOCK_LOG_FORMAT"), "text or json",
        near: ["text", "json"]
      ) { StandardErrorLog.Format(rawValue: $0) } ?? .text
    isOnTerminal = System.isTerminal(2)
    // https://no-color.org
    let isColoured = isOnTerminal && (environment["NO_COLOR"] ?? "").isEmpty
    configuration.logger = Logger(label: "cloro-mock") { _ in
      StandardErrorLog(level: level, format: format, isColoured: isColoured)
    }
    // On a terminal each request is logged; into a pipe only if that is asked for.
    configuration.requestLogLevel = isOnTerminal ? .info : .debug
    // One core is left to the client, which runs on the same machine. Loops that share a core with
    // the client wait for each other's locks and answer fewer requests.
    configuration.eventLoops = min(4, max(1, ProcessInfo.processInfo.activeProcessorCount - 1))
    fixtures = command.fixture
    if fixtures.isEmpty, let list = setting("fixture", nil, "CLORO_MOCK_FIXTURE") {
      fixtures = list.text.split(separator: ":").map(String.init)
    }
    loaded = fixtures.map { FixtureFile($0) }
    configuration.plans = try FixtureFile.load(loaded)
  }

  /// Reads the file of a snapshot.
  ///
  /// - Throws: Exit code 65, after every problem was written to standard error.
  static func snapshot(_ path: String) throws -> SnapshotDocument {
    let content: [UInt8]
    do throws(SystemError) {
      content = try System.contents(of: path)
    } catch {
      tell(of: [JSONProblem(path: "", message: "can't be read: \(error.reason)")], in: path)
      throw ExitCode.badFixture
    }
    do throws(SnapshotDocument.Invalid) {
      return try SnapshotDocument(parsing: content)
    } catch {
      tell(of: error.problems, in: path)
      throw ExitCode.badFixture
    }
  }

  /// Writes the problems of a file to standard error, one a line.
  static func tell(of problems: [JSONProblem], in path: String) {
    for problem in problems {
      System.writeText("\(ShownText.message(path)): \(problem)\n", to: 2)
    }
  }

  /// The weather of a file, or the built-in one of that name. A file of that name comes first.
  private static func weather(_ source: Source) throws -> Weather {
    let file = FixtureFile(source.text)
    guard let bytes = try? file.content.get() else {
      let names = Weather.builtInNames
      guard names.contains(source.text) else {
        let allowed = "\(names.joined(separator: ", ")), or a file that can be read"
        throw usage(source.origin, source.text, allowed, near: names)
      }
      return Weather(.string(source.text))
    }
    do throws(PlanCatalogue.Invalid) {
      return try Weather(file: source.text, bytes)
    } catch {
      FixtureFile.tell(of: error)
      throw ExitCode.badFixture
    }
  }

  /// Prints a line with a value's origin, the value and the allowed values.
  ///
  /// - Parameter names: Allowed names, the nearest of which may have been meant; none by default.
  /// - Returns: The exit code of a usage error, to be thrown.
  static func usage(
    _ origin: String, _ text: String, _ allowed: String, near names: [String] = []
  ) -> ExitCode {
    let hint = ObjectReader.hint(text, names)
    let shown = ShownText.value(text)
    Message.write("\(origin): \"\(shown)\" can't be used\(hint); allowed: \(allowed)")
    return .validationFailure
  }

  /// Whether a variable switches something on.
  ///
  /// - Throws: A usage error for another text than those of a switch.
  static func isOn(_ variable: String, in environment: [String: String]) throws -> Bool {
    guard let text = environment[variable], !text.isEmpty else { return false }
    guard let isOn = boolean(text) else { throw usage(variable, text, "1, 0, true or false") }
    return isOn
  }

  private static func boolean(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "1", "true", "yes", "on": true
    case "0", "false", "no", "off": false
    default: nil
    }
  }
}
