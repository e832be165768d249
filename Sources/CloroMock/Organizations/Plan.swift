import CloroContract
import JSON
import Simulation

/// What a plan gives its organizations: the content of a fixture file.
public struct Plan: Sendable, Hashable {
  /// How many requests per second are allowed.
  public struct RateLimit: Sendable, Hashable {
    /// How tokens are refilled.
    public enum Refill: String, Sendable, CaseIterable {
      /// All at each whole second of the clock; this is cloro's own way. [seed: "The counter resets
      /// every second"]
      case interval
      /// Evenly, e.g. one each millisecond.
      case continuous
    }

    /// Requests per second, endpoint and key, 1 or more. The default is 1,000.
    public var requestsPerSecond = 1000
    /// The default is `interval`.
    public var refill = Refill.interval
    /// The default is true.
    public var enabled = true
  }

  /// How an asynchronous task goes from one status to the next.
  public enum Progression: Sendable, Hashable {
    /// After its latency; the default.
    case time
    /// Finished as soon as a slot is free.
    case immediate
    /// After that many reads.
    case polls(Int)
    /// Only when it is released by hand.
    case hold
  }

  /// What a question gets that was asked before.
  public enum Repetition: String, Sendable, CaseIterable {
    /// The same answer, but for its `html` link; the default.
    case same
    /// Another one each time.
    case vary
  }

  /// How webhooks are delivered.
  public struct Webhooks: Sendable, Hashable {
    /// Whether webhooks are sent at all.
    public enum Mode: String, Sendable, CaseIterable {
      /// Sent to their receivers.
      case deliver
      /// Kept for `GET /_mock/webhooks` without being sent.
      case collect
    }

    /// The default is `deliver`.
    public var mode = Mode.deliver
    /// The secret with which webhooks are signed; nil sends them unsigned. The default is nil.
    public var secret: String?
    /// Attempts in all, 1…20. The default is 5.
    public var attempts = 5
    /// Seconds from each failed attempt to the next; the last value applies to further attempts.
    public var retrySeconds: [Int64] = [120, 240, 480, 960]
    /// How long an attempt may take until the receiver's status is there, in real seconds, 1 to
    /// 600. The default is 10. [chosen]
    public var timeoutSeconds = 10

    /// The allowed time-outs.
    static let timeoutRange: ClosedRange<Int64> = 1...600
    static let expectedSecret = "a string that isn't empty, or null for none"

    /// The secret that JSON gives; empty for null, which takes one away. An empty string, which a
    /// variable that isn't set leaves, is refused: nobody would notice the unsigned webhooks.
    static func secret(_ json: JSON) -> String? {
      if json == .null { return "" }
      return json.string.flatMap { $0.isEmpty ? nil : $0 }
    }
  }

  /// A key that a fixture gives.
  public struct Key: Sendable, Hashable {
    /// The whole key.
    public var key: String
    /// The name of the key's organization.
    public var organization: String
    /// The organization's first balance; nil takes the plan's.
    public var credits: Int64?
    /// The organization's slots; nil takes the plan's.
    public var concurrency: Int?
    /// How long the organization's answers take; nil takes the plan's.
    public var latency: String?
    /// What the key is for; nil takes the plan's.
    public var label: String?
    /// The organization's weather; nil takes the double's own, else the plan's.
    public var weather: Weather?
    /// Whether it is refused with 401. The default is false.
    public var isRevoked = false
  }

  /// The plan's name, by which keys and the command line choose it.
  public var name: String
  /// The contract revision of the plan's organizations, unless the key or the command line says
  /// otherwise.
  public var contract: ContractRevision?
  /// What the plan costs in US$ a month; nil when nobody has said. The report's price of a credit
  /// follows from it.
  public var usd: Double?
  /// What the report doesn't find fault with. The default is nothing.
  public var disabledFindings: Set<FindingID> = []
  /// Credits per billing cycle.
  public var credits: Int64
  /// Slots for requests and tasks that run at the same time.
  public var concurrency: Int
  /// The most queued tasks of an organization. The default is 100,000.
  public var queueLimit = 100_000
  /// How many requests a key may send to an endpoint. The default is 1,000 a second.
  public var rateLimit = RateLimit()
  /// The plan's changes of the prices that the contract publishes.
  public var pricing = PriceChanges()
  /// How long answers take, unless the key or the command line says otherwise.
  public var latency: LatencyDistribution?
  /// How long each provider's answers take; the others take `latency`.
  public var providerLatency: [Provider: LatencyDistribution] = [:]
  /// What brings a task to its end. The default is `time`, its latency.
  public var progression = Progression.time
  /// Whose form answers have. The default is `documented`.
  public var shapes = AnswerShapes.documented
  /// Which optional members answers have. The default is `full`.
  public var variety = AnswerVariety.full
  /// What a question gets that was asked before. The default is `same`.
  public var repetition = Repetition.same
  /// How the reports of tasks are signed, sent and sent again.
  public var webhooks = Webhooks()
  /// Providers that answer `MODEL_UNAVAILABLE`. The default is nil, which takes those of the
  /// contract's revision: none in 2026-07, Grok in 2026-10.
  public var unavailable: Set<Provider>?
  /// What becomes of members that a request doesn't have. The default is nil, which takes the
  /// double's own setting.
  public var unknownMembers: UnknownMembers?
  /// Whether each synchronous question is held, with its slot, until it is released. The default is
  /// false.
  public var holdSync = false
  /// A name for what requests are asked for, which the report and the journal show. The default is
  /// nil.
  public var label: String?
  /// The credits that an organization's requests should take at most; the report says whether they
  /// took more. The default is nil: any number.
  public var budget: Int64?
  /// How well a day goes at the engines. The default is nil: nothing goes wrong by itself.
  public var weather: Weather?
  /// Codes that `GET /v1/countries` leaves out.
  public var excludedCountries: Set<String> = []
  /// The faults that every organization of the plan starts with.
  var faults: [Fault] = []
  /// The stubs that every organization of the plan starts with.
  var stubs: [Stub] = []
  /// The keys that the plan's fixture gives.
  public var keys: [Key] = []

  /// A plan with the defaults for everything else.
  public init(name: String, credits: Int64, concurrency: Int) {
    self.name = name
    self.credits = credits
    self.concurrency = concurrency
  }

  /// The allowed requests per second to each endpoint.
  static let rateRange: ClosedRange<Int64> = 1...1_000_000_000
  /// The allowed limits of an organization's queued tasks.
  static let queueRange: ClosedRange<Int64> = 0...10_000_000
  /// The allowed numbers of slots of a plan.
  static let slotRange: ClosedRange<Int64> = 0...1_000_000
  static let expectedLabel = "a text of at most 200 characters"

  /// Whether a text can be a label. Characters are counted as JSON Schema counts them.
  static func isLabel(_ text: String) -> Bool { text.unicodeScalars.count <= 200 }

  /// The allowed credits, such that sums of them still fit 64 bits.
  static let creditRange: ClosedRange<Int64> = 0...1_000_000_000_000_000
}
