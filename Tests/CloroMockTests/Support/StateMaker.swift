import CloroContract
import JSON
import Ledger
import Simulation

@testable import CloroMock

/// Makes states of any kind, the same ones of the same seed.
struct StateMaker {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private mutating func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

  private mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }

  private mutating func maybe<Value>(_ make: (inout StateMaker) -> Value) -> Value? {
    below(2) == 0 ? nil : make(&self)
  }

  /// From 1970 to 2262, to the nanosecond or to the second.
  mutating func moment() -> Timestamp {
    let nanoseconds = Int64(random.next() >> 1)
    return Timestamp(
      nanoseconds: below(2) == 0 ? nanoseconds : nanoseconds / 1_000_000_000 * 1_000_000_000)
  }

  private mutating func number() -> Int { pick([0, 1, 2, 7, 1_000_000_000_000_000]) }

  private mutating func text() -> String {
    pick(["", "a", "Grüße\n\"x\" \\ 🙂", "\u{0}\u{7F}\u{2028}", "é", "e\u{301}", "{\"a\":1}"])
  }

  private mutating func identifier() -> Identifier { Identifier(random.next()) }

  private mutating func key() -> String {
    let digits = String(random.next(), radix: 16)
    return pick(["sk_live_", "sk_test_"]) + String(repeating: "0", count: 32 - digits.count)
      + digits
  }

  // MARK: Tasks

  mutating func question() -> MonitorRequest {
    let include = Include.named.reduce(into: Include()) { flags, named in
      if below(3) == 0 { flags.insert(named.flag) }
    }
    return MonitorRequest(
      provider: pick(Provider.allCases), question: text(), country: pick(Country.codes),
      state: maybe { $0.pick(USState.all.map(\.code)) }, location: maybe { $0.text() },
      uule: maybe { $0.text() }, hl: maybe { $0.text() },
      device: pick(MonitorRequest.Device.allCases), pages: 1 + below(10), include: include,
      legacy: below(2) == 0, disableWebSearch: below(2) == 0)
  }

  mutating func submission(key: String? = nil) -> AsyncTaskRequest {
    AsyncTaskRequest(
      request: question(), priority: 1 + below(10), idempotencyKey: key,
      webhookURL: maybe { $0.pick(["http://127.0.0.1:9/hook?a=b", "https://a.example"]) })
  }

  mutating func task(_ number: Int) throws -> TaskRecord {
    let submission = submission(key: maybe { _ in "key \(number)" })
    var task = TaskRecord(
      SubmittedTask(
        id: identifier(), number: UInt64(number), key: key(), submission: submission,
        createdAt: moment(), seed: random.next(), resultSeed: random.next(),
        origin: pick(["", "http://127.0.0.1:8080", "https://api.cloro.dev"]),
        creditsToCharge: Int64(self.number()), contract: pick(ContractRevision.allCases),
        style: AnswerStyle(
          shapes: pick(AnswerShapes.allCases), variety: pick(AnswerVariety.allCases))),
      webhook: submission.webhookURL.map { url in
        TaskRecord.Webhook(url: url, deliveredAt: maybe { $0.moment() })
      },
      requestID: maybe { $0.identifier() })
    task.place = UInt64(number)
    task.before = UInt64(self.number())
    task.timeInSnapshots = pick([0, 1, -1, .max, .min])
    task.life = TaskLife(
      try phase(), reads: self.number(), startedAt: maybe { $0.moment() },
      failedAttempts: self.number())
    return task
  }

  private mutating func phase() throws -> TaskLife.Phase {
    let paces: [TaskLife.Pace] = [
      .immediate, .latency(until: moment()), .timeOut(at: moment()), .polls, .held,
    ]
    let stub = below(2) == 0 ? nil : try rule(Stub.self, Self.stubs, 1)
    let run = TaskLife.Run(slot: .none, stub: stub, pace: pick(paces))
    let ended = below(2) == 0 ? nil : run
    let answer: TaskLife.Answer = below(2) == 0 ? .result : .given(Array(#"{"a": [1]}"#.utf8))
    switch below(5) {
    case 0: return .queued
    case 1: return .running(run)
    case 2: return .backingOff(TaskLife.BackOff(due: moment()))
    case 3:
      let outcome = TaskLife.Outcome.completed(answer, charged: Int64(number()))
      return .ended(TaskLife.End(at: moment(), outcome: outcome, run: ended))
    default:
      let error = Array(#"{"code":"X", "message":"\u00e9"}"#.utf8)
      return .ended(TaskLife.End(at: moment(), outcome: .failed(error), run: ended))
    }
  }

  private mutating func board() throws -> TaskBoard {
    let records = try (0..<below(12)).map { try task($0 + 1) }
    let waiting = records.filter { if case .queued = $0.life.phase { true } else { false } }
    return TaskBoard(
      records, waiting: waiting.map(\.id).shuffled(using: &random), inserted: UInt64(number()),
      peak: number())
  }

  // MARK: Rules

  static let faults = [
    #"{"fault": {"kind": "status", "status": 503, "retryAfter": 2}, "times": 3}"#,
    #"{"match": {"path": "/v1/countries", "method": "GET"}, "fault": {"kind": "hold"}}"#,
    #"{"fault": {"kind": "latency", "latency": "uniform(1s,3s)"}, "probability": 0.25}"#,
    #"{"match": {"provider": "grok", "prompt": "a", "nth": 2}, "fault": {"kind": "slow_body"}}"#,
    #"{"fault": {"kind": "webhook_stale_timestamp", "seconds": 7}}"#,
  ]
  static let stubs = [
    #"{"result": {"text": "a", "n": [1, 2.5, null]}, "mode": "merge", "latency": "5ms"}"#,
    #"{"error": {"status": 429, "code": "CONCURRENT_LIMIT_EXCEEDED"}, "times": 2}"#,
    #"{"match": {"include": {"html": true}}, "mentions": [{"name": "A", "rank": 1}]}"#,
    #"{"sequence": [{"result": {}}, {"error": {"status": 500}}, {"result": {"text": "z"}}]}"#,
    #"{"sequence": [{"result": {}}, {"result": {"text": "z"}}], "every": "1d"}"#,
  ]

  mutating func rule<Definition: StoredRule>(
    _ type: Definition.Type, _ texts: [String], _ ordinal: Int
  ) throws -> CountedRule<Definition> {
    let definition = try Self.definition(type, pick(texts))
    var counts = CountedRule<Definition>.Counts()
    counts.timesLeft = definition.times.map { below($0 + 1) }
    (counts.seen, counts.struck) = (number(), number())
    counts.step = below(definition.sequence?.answers.count ?? 1)
    if definition.sequence != nil {
      for _ in 0..<below(3) { counts.turns[key()] = below(3) }
      counts.begun = maybe { $0.moment() }
    }
    return CountedRule(
      id: "\(Definition.name)-\(ordinal)", definition,
      .init(isAdded: below(2) == 0, number: UInt64(number())), ordinal: UInt64(ordinal), counts)
  }

  static func definition<Definition: StoredRule>(
    _ type: Definition.Type, _ text: String
  ) throws -> Definition {
    let read = try readRule(text) { Definition.restored(&$0, BodyFiles()) }
    guard let definition = read.value, read.problems.isEmpty else {
      throw SnapshotDocument.Invalid(
        problems: read.problems.map { JSONProblem(path: "", message: $0) })
    }
    return definition
  }

  private mutating func list<Definition: StoredRule>(
    _ type: Definition.Type, _ texts: [String], of organization: String?
  ) throws -> RuleList<Definition> {
    let rules = try (0..<below(5)).map { try rule(type, texts, $0 + 1) }
    let given = try texts.prefix(below(3)).map { try Self.definition(type, $0) }
    return RuleList(of: organization, rules, given: given, last: UInt64(rules.count + below(3)))
  }

  private mutating func rules(of organization: String?) throws -> RuleSet.Lists {
    RuleSet.Lists(
      faults: try list(Fault.self, Self.faults, of: organization),
      stubs: try list(Stub.self, Self.stubs, of: organization))
  }

  // MARK: Webhooks

  mutating func delivery(_ number: Int) -> StoredDelivery {
    var settings = Plan.Webhooks()
    settings.mode = pick(Plan.Webhooks.Mode.allCases)
    settings.secret = maybe { $0.pick(["whsec_x", "é"]) }
    settings.attempts = 1 + below(20)
    settings.retrySeconds = pick([[0], [1, 2, 3], [366 * 86_400]])
    settings.timeoutSeconds = pick([1, 600])
    let due = moment()
    let lives = [
      DeliveryLife(), DeliveryLife(.open(.heldBack), due: nil),
      DeliveryLife(.open(.underWay), due: due),
      DeliveryLife(.open(.awaitingRetry(due: due)), due: due), DeliveryLife(.over(nil), due: due),
    ]
    return StoredDelivery(
      id: "webhook-\(number)", task: identifier(), request: maybe { $0.identifier() },
      url: "http://127.0.0.1:9/hook", content: ReportContent(text: Array(text().utf8)),
      settings: settings,
      key: maybe { $0.key() }, submission: submission(), label: maybe { $0.text() },
      at: moment(), seed: random.next(), weatherSeed: random.next(),
      attempts: (0..<below(3)).map { attempt($0 + 1) }, life: pick(lives),
      wasDelivered: below(2) == 0)
  }

  private mutating func attempt(_ number: Int) -> WebhookDelivery.Attempt {
    WebhookDelivery.Attempt(
      number: number, at: moment(), headers: .other([("A", text()), ("A", "b")]),
      isPlanned: below(2) == 0, status: maybe { 100 + $0.below(900) }, error: maybe { $0.text() })
  }

  // MARK: Organizations

  private mutating func entries() -> [Ledger.Entry] {
    var (entries, balance): ([Ledger.Entry], Int64) = ([], 0)
    let first = Int64(pick([1, 1, 500]))
    for index in 0..<Int64(1 + below(5)) {
      let amount = balance == 0 ? Int64(1 + below(1000)) : -Int64(1 + below(Int(balance)))
      let kind: Ledger.Entry.Kind =
        index == 0 && first > 1 ? .folded : amount > 0 ? .grant : pick([.charge, .expiry])
      balance += amount
      entries.append(
        Ledger.Entry(
          id: first + index, at: moment().milliseconds, kind: kind, amount: amount,
          balance: balance, endpoint: maybe { _ in "/v1/monitor/grok" },
          requestID: maybe { $0.identifier().text }, taskID: maybe { $0.identifier().text }))
    }
    return entries
  }

  private mutating func apiKey() -> APIKey.Snapshot {
    var buckets: [Int: RateLimiter] = [:]
    for endpoint in Endpoint.all where below(4) == 0 {
      buckets[endpoint.index] = RateLimiter(
        RateLimiter.Used(
          window: Int64(number()), tokens: Int64(number()),
          refill: pick(Plan.RateLimit.Refill.allCases)))
    }
    return APIKey.Snapshot(
      text: key(), isRevoked: below(2) == 0, requests: UInt64(number()), buckets: buckets)
  }

  private mutating func organization(_ name: String) throws -> OrganizationSnapshot {
    let keys = (0...below(3)).map { _ in apiKey() }
    let created = moment()
    let overrides = KeySettings(
      plan: maybe { $0.pick(["free", "growth"]) }, concurrency: maybe { $0.below(100) },
      latency: maybe { _ in "lognormal(2s,0.4)" }, webhookSecret: maybe { $0.pick(["", "x"]) },
      contract: maybe { $0.pick(ContractRevision.allCases) }, label: maybe { _ in "nightly" })
    let asked = (0..<below(4)).map { _ in (random.next(), UInt64(number())) }
    let turns = (0..<below(4)).map { _ in
      (RecordingKey(question(), in: pick(ContractRevision.allCases)), number())
    }
    return OrganizationSnapshot(
      account: Ledger.AccountSnapshot(
        name: name, plan: "hobby", settings: "", createdAt: created.milliseconds,
        keys: [], entries: entries()),
      createdAt: created, overrides: overrides,
      allocation: maybe { CycleAllocation(credits: 1, until: $0.moment().milliseconds) },
      keys: keys, tasks: try board(), asked: AskedQuestions(asked), turns: Replay.Turns(turns),
      rules: try rules(of: name))
  }

  /// A whole double.
  mutating func snapshot() throws -> NamedSnapshot {
    let organizations = try ["a", "é", "b"].prefix(1 + below(3)).map { try organization($0) }
    var deliveries = NameTable<[StoredDelivery]>()
    for organization in organizations {
      deliveries[organization.name] = (0..<below(4)).map { delivery($0) }
    }
    let common = DirectorySnapshot.Common(
      rules: try rules(of: nil), minted: UInt64(number()),
      keys: organizations.flatMap { $0.keys.map(\.text) })
    return NamedSnapshot(
      directory: DirectorySnapshot(
        at: moment(), organizations: organizations, common: below(2) == 0 ? nil : common),
      deliveries: deliveries, clock: pick([.real, .manual, .scaled(2.5)]),
      defaults: OrganizationSettings.Defaults())
  }
}
