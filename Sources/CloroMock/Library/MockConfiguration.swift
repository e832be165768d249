import CloroContract
import HTTPServer
import JSON
import Ledger
import Logging
import Platform
import Simulation
import TLS

/// The configuration of a double.
public struct MockConfiguration: Sendable {
  /// The address to bind. The default is `127.0.0.1`.
  public var host = "127.0.0.1"
  /// The port; 0 takes any free one. The default is 0.
  public var port = 0
  /// The port of https; 0 takes any free one. The default is nil: https is spoken only to those who
  /// ask for cloro's own address.
  public var tlsPort: Int?
  /// Where the certificates of https come from.
  public typealias Certificates = TLSContext.Source
  /// Where the certificates of https come from. The default is an authority that is made in memory.
  public var certificates = Certificates.authority
  /// The plan of the built-in key and of organizations that name none. The default is nil, which
  /// takes the last fixture's plan, or `hobby` if there is no fixture.
  public var plan: String?
  /// The known plans. The default is the built-in ones.
  public var plans = PlanCatalogue()
  /// The ledger's file. The default is nil, which keeps it in memory, and so does `:memory:`.
  public var database: String?
  /// The contract revision. The default is nil, which takes the fixtures', or 2026-07.
  public var contract: ContractRevision?
  /// How the clock runs. The default is nil, which goes on as in the snapshot, or else is `real`.
  public var clock: ClockMode?
  /// The snapshot that the double starts from: its state and its time, and its seed, contract and
  /// latency where the configuration says none. The default is nil.
  ///
  /// With a database it is for a new file only: one that has organizations goes on with those.
  public var snapshot: SnapshotDocument?
  /// The seed of all identifiers and draws. The default is 0.
  public var seed: UInt64 = 0
  /// Whether members that a request doesn't have are refused where neither key nor plan says
  /// otherwise, and questions that no stub answers with 503 `NO_STUB`. The default is false: such
  /// members are ignored, as cloro does, and the provider's template answers.
  public var strict = false
  /// Whether a request may ask for a fault or a latency by its header `X-Cloro-Mock`. The default
  /// is false: the header is ignored, which the journal notes.
  public var allowOverrides = false
  /// A folder of recordings, which answer the questions that were recorded. The default is nil.
  public var replay: String?
  /// What answers a question that wasn't recorded. The default is the provider's template.
  public var onMiss = MissedRecording.generate
  /// Whether a recorded answer costs what the service has charged for it, where it said so. The
  /// default is false: it costs its price.
  public var recordedCredits = false
  /// What is recorded of the real service. The default is nil: it is never asked.
  public var record: RecordingOrder?
  /// How long answers take. The default is nil, which takes the fixtures' latency, or none.
  public var latency: LatencyDistribution?
  /// How well a day goes at the engines, unless a key says otherwise. The default is nil, which
  /// takes the fixtures' weather, or none.
  public var weather: Weather?
  /// The token that the control API requires, which a header must be able to carry. The default is
  /// nil, which leaves it open.
  public var adminToken: String?
  /// What the double does as a proxy. The default is to answer for cloro's API alone.
  public var proxy = ProxyMode.intercept
  /// How much the journal keeps. The default is 10,000 entries and 64 MiB.
  public var journal = JournalLimits()
  /// How much is kept at most.
  public var kept = KeptLimits()
  /// The credits that the run should take at most; the report says whether it took more. The
  /// default is nil: any number. Answers never change by it.
  public var budget: Int64?
  /// How long a request is held at most, in real time, 0 to 24 hours. It then goes on as if it had
  /// been released. The default is a minute.
  public var holdLimit = Duration.seconds(60)
  /// How many event loops run. The default is 1.
  public var eventLoops = 1
  /// The readiness mechanism. The default is the platform's own.
  public var eventLoop = EventLoopKind.platformDefault
  /// Limits on what a client may use.
  public var limits = HTTPLimits()
  /// The level at which each request is logged as one line. No line is made when the logger ignores
  /// that level. The default is `debug`.
  public var requestLogLevel = Logger.Level.debug
  /// The logger.
  public var logger = Logger(label: "cloro-mock")

  /// The defaults.
  public init() {}

  /// With what the snapshot says where nothing else is said.
  var completed: MockConfiguration {
    guard let snapshot else { return self }
    var completed = self
    completed.clock = clock ?? snapshot.clock
    completed.contract = contract ?? snapshot.defaults.contract
    completed.latency = latency ?? snapshot.defaults.latency
    completed.weather = weather ?? snapshot.defaults.weather
    if seed == 0 { completed.seed = snapshot.defaults.seed }
    return completed
  }
}

/// Why a double can't start.
public enum MockStartError: Error, CustomStringConvertible {
  /// The plan is unknown; carries its name and the known plans.
  case unknownPlan(String, known: [String])
  /// The weather can't be used; carries why.
  case unusableWeather(String)
  /// The ledger can't be opened.
  case ledger(LedgerError)
  /// The snapshot can't be used; carries every problem with its path.
  case snapshot([JSONProblem])
  /// No header can carry the admin token.
  case unusableAdminToken
  /// The address can't be bound.
  case address(host: String, port: Int, reason: String)
  /// https can't be spoken: OpenSSL isn't there, or a certificate can't be used.
  case tls(TLSError)
  /// Recordings can't be used; carries each problem with its file and its member.
  case recordings([String])
  /// The system gives too little: threads (`ulimit -u`), descriptors (`ulimit -n`) or memory.
  case system(SystemError)

  public var description: String {
    switch self {
    case .unknownPlan(let name, let known):
      "\"\(name)\" is no plan; allowed: \(known.joined(separator: ", "))"
    case .unusableWeather(let reason): reason
    case .ledger(let error): error.description
    case .snapshot(let problems):
      "the snapshot can't be used: \(problems.map(\.description).joined(separator: "; "))"
    case .unusableAdminToken: "the admin token can't be used; allowed: \(AdminToken.expected)"
    case .address(let host, let port, let reason):
      "cannot listen on \(host) port \(port): \(reason)"
    case .tls(let error): "cannot speak https: \(error)"
    case .recordings(let problems): problems.joined(separator: "\n")
    case .system(let error): "cannot start: \(error)\(error.remedy)"
    }
  }
}
