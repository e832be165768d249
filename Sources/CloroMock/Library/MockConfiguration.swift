import CloroContract
import HTTPServer
import Ledger
import Logging
import Simulation

/// How to start a double.
public struct MockConfiguration: Sendable {
  /// The address to bind. The default is `127.0.0.1`.
  public var host = "127.0.0.1"
  /// The port; 0 takes any free one. The default is 0.
  public var port = 0
  /// The plan of the built-in key and of organizations that name none; nil takes the last fixture's,
  /// else `hobby`. The default is nil.
  public var plan: String?
  /// The plans to know. The default is the built-in ones.
  public var plans = PlanCatalogue()
  /// The ledger's file; nil keeps it in memory. The default is nil.
  public var database: String?
  /// The contract; nil takes the fixtures', else 2026-07. The default is nil.
  public var contract: ContractRevision?
  /// How the clock runs. The default is `real`.
  public var clock = ClockMode.real
  /// What all identifiers and draws start from. The default is 0.
  public var seed: UInt64 = 0
  /// How long answers take; nil takes the fixtures', else no time at all. The default is nil.
  public var latency: LatencyDistribution?
  /// The token that the control API asks for; nil leaves it open. The default is nil.
  public var adminToken: String?
  /// How much the journal keeps. The default is 10,000 entries and 64 MiB.
  public var journal = JournalLimits()
  /// How many event loops run. The default is 1.
  public var eventLoops = 1
  /// The readiness mechanism. The default is the platform's own.
  public var eventLoop = EventLoopKind.platformDefault
  /// Bounds on what a client may use.
  public var limits = HTTPLimits()
  /// The level at which each request is logged as one line; nothing is made of it when the logger
  /// leaves that level out. The default is `debug`.
  public var requestLogLevel = Logger.Level.debug
  /// Where to log.
  public var logger = Logger(label: "cloro-mock")

  /// The defaults.
  public init() {}
}

/// Why a double doesn't start.
public enum MockStartError: Error, CustomStringConvertible {
  /// The plan isn't known; carries the name and the known ones.
  case unknownPlan(String, known: [String])
  /// The ledger can't be used.
  case ledger(LedgerError)
  /// The address can't be bound.
  case address(host: String, port: Int, reason: String)

  public var description: String {
    switch self {
    case .unknownPlan(let name, let known):
      "\"\(name)\" is no plan; allowed: \(known.joined(separator: ", "))"
    case .ledger(let error): error.description
    case .address(let host, let port, let reason):
      "cannot listen on \(host) port \(port): \(reason)"
    }
  }
}
