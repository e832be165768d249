import CloroContract
import JSON
import Ledger
import Simulation

extension OrganizationSettings.Defaults {
  /// As documents store them, for a double that was started with others.
  var stored: JSON {
    var object: JSONObject = ["plan": .string(plan)]
    object.append("contract", ifAny: contract.map { .string($0.rawValue) })
    object.append("latency", ifAny: latency.map { .string($0.description) })
    object.append("weather", ifAny: weather?.json)
    object.append("seed", JSON(bits: seed))
    object.append("unknownMembers", .string(unknownMembers.rawValue))
    return .object(object)
  }

  static func read(_ reader: inout ObjectReader) -> OrganizationSettings.Defaults? {
    reader.require(["plan", "seed", "unknownMembers"])
    let (plan, seed) = (reader.string("plan"), reader.bits("seed"))
    let contract = reader.choice("contract", of: ContractRevision.self)
    let latency = reader.member("latency", expected: LatencyDistribution.expected) { json in
      json.string.flatMap { LatencyDistribution($0) }
    }
    let weather = Weather.read("weather", &reader)
    let unknownMembers = reader.choice("unknownMembers", of: UnknownMembers.self)
    guard let plan, let seed, let unknownMembers else { return nil }
    return OrganizationSettings.Defaults(
      plan: plan, contract: contract, latency: latency, weather: weather, seed: seed,
      unknownMembers: unknownMembers)
  }

  /// An organization's overrides here, so that the same holds for it as in a double that had other
  /// defaults.
  ///
  /// - Parameter others: The other double's.
  func keeping(
    _ others: OrganizationSettings.Defaults, for overrides: KeySettings, plans: PlanCatalogue
  ) -> KeySettings {
    var kept = overrides
    if kept.plan == nil, others.plan != plan, plans.plans[others.plan] != nil {
      kept.plan = others.plan
    }
    let there = OrganizationSettings(kept, plans: plans, defaults: others)
    let here = OrganizationSettings(kept, plans: plans, defaults: self)
    if there.contract != here.contract { kept.contract = there.contract }
    if there.unknownMembers != here.unknownMembers { kept.unknownMembers = there.unknownMembers }
    if there.seed != here.seed, let seed = Int(exactly: there.seed) { kept.seed = seed }
    if kept.latency == nil, let latency = others.latency, latency != self.latency {
      kept.latency = latency.description
    }
    if kept.weather == nil, others.weather != weather { kept.weather = others.weather }
    return kept
  }
}

/// What reads the organizations of a document.
struct OrganizationReading {
  let plans: PlanCatalogue
  /// This double's.
  let defaults: OrganizationSettings.Defaults
  /// Those of the double that has written the document.
  let others: OrganizationSettings.Defaults
}

extension OrganizationSnapshot {
  /// An organization as documents store it: all that a restore brings back, its keys and its
  /// webhooks' secret included.
  ///
  /// - Parameter deliveries: Its deliveries, oldest first.
  func stored(deliveries: [JSON]) throws(LedgerError) -> JSON {
    var object: JSONObject = [
      "name": .string(name), "createdAt": JSON(createdAt), "settings": overrides.json,
    ]
    object.append(
      "cycle",
      ifAny: allocation.map { ["credits": .integer($0.credits), "until": .integer($0.until)] })
    object.append("balance", .integer(account.balance))
    object.append("entries", .array(try account.entries().map(\.stored)))
    object.append("keys", .array(keys.map(\.stored)))
    object.append("tasks", tasks.stored)
    let asked = asked.all.map { question, count -> JSON in
      ["question": JSON(bits: question), "count": JSON(count: count)]
    }
    object.append("asked", .array(asked))
    if !turns.isEmpty { object.append("replayed", turns.stored) }
    object.append("rules", rules.stored)
    object.append("deliveries", .array(deliveries))
    return .object(object)
  }

  /// - Parameters:
  ///   - reading: What the names of plans mean, and what holds where nothing is said.
  ///   - deliveries: Reads the deliveries.
  static func read(
    _ reader: inout ObjectReader, _ reading: OrganizationReading,
    deliveries: (inout ObjectReader) -> Void
  ) -> OrganizationSnapshot? {
    reader.require([
      "name", "createdAt", "settings", "balance", "entries", "keys", "tasks", "rules",
    ])
    let name = reader.member("name", expected: OrganizationName.expected) { json in
      json.string.flatMap { OrganizationName.isValid($0) ? $0 : nil }
    }
    let createdAt = reader.moment("createdAt")
    let settings = reader.inner("settings") { KeySettings(&$0, plans: reading.plans) }
    let allocation = reader.inner("cycle") { reader -> CycleAllocation? in
      reader.require(["credits", "until"])
      guard let credits = reader.integer("credits", in: Plan.creditRange),
        let until = reader.integer("until", in: 0...Int64.max / 1_000_000)
      else { return nil }
      return CycleAllocation(credits: credits, until: until)
    }
    let balance = reader.integer("balance", in: Plan.creditRange)
    let entries = reader.list("entries") { Ledger.Entry.read(&$0) }
    if let entries, let balance { Ledger.Entry.check(entries, balance, reader) }
    let keys = reader.list("keys") { APIKey.Snapshot.read(&$0) }
    let tasks = reader.inner("tasks") { TaskBoard.read(&$0) }
    let asked = reader.list("asked") { reader -> (question: UInt64, count: UInt64)? in
      reader.require(["question", "count"])
      guard let question = reader.bits("question"), let count = reader.count("count") else {
        return nil
      }
      return (question, UInt64(count))
    }
    let turns = Replay.Turns.read("replayed", &reader)
    let rules = reader.inner("rules") { RuleSet.Lists.read(&$0, of: name) }
    deliveries(&reader)
    guard let name, let createdAt, let settings, let entries, let keys, let tasks, let rules else {
      return nil
    }
    let overrides = reading.defaults.keeping(reading.others, for: settings, plans: reading.plans)
    let account = Ledger.AccountSnapshot(
      name: name, plan: overrides.plan ?? reading.defaults.plan,
      settings: OrganizationDirectory.text(overrides, allocation),
      createdAt: createdAt.milliseconds,
      keys: keys.map { Ledger.Key(text: $0.text, settings: nil, isRevoked: $0.isRevoked) },
      entries: entries)
    return OrganizationSnapshot(
      account: account, createdAt: createdAt, overrides: overrides, allocation: allocation,
      keys: keys, tasks: tasks, asked: AskedQuestions(asked ?? []), turns: turns, rules: rules)
  }
}

extension Replay.Turns {
  /// In the order of their texts, so that the same state is always the same document.
  fileprivate var stored: JSON {
    let each = all.map { Self.stored($0.key, count: $0.count) }
    let written = each.map { (text: $0.encoded, json: $0) }
    return .array(written.sorted { $0.text.lexicographicallyPrecedes($1.text) }.map(\.json))
  }

  /// Reads the member of that name, which only doubles with recordings write.
  fileprivate static func read(_ name: String, _ reader: inout ObjectReader) -> Replay.Turns {
    Replay.Turns(reader.list(name) { read(&$0) } ?? [])
  }

  /// One question, as snapshots and databases have it.
  static func stored(_ key: RecordingKey, count: Int) -> JSON {
    [
      "contract": .string(key.contract.rawValue), "question": key.request.stored,
      "count": JSON(count),
    ]
  }

  /// Reads what ``stored(_:count:)`` has made.
  static func read(_ reader: inout ObjectReader) -> (key: RecordingKey, count: Int)? {
    reader.require(["contract", "question", "count"])
    let contract = reader.choice("contract", of: ContractRevision.self)
    let question = reader.inner("question") { MonitorRequest.read(&$0) }
    guard let contract, let question, let count = reader.count("count") else { return nil }
    return (RecordingKey(question, in: contract), count)
  }
}

extension APIKey.Snapshot {
  fileprivate var stored: JSON {
    let used = zip(Endpoint.all, buckets).compactMap { endpoint, bucket -> JSON? in
      bucket.taken.map { taken in
        [
          "endpoint": .string("\(endpoint.method) \(endpoint.path)"),
          "refill": .string(taken.refill.rawValue), "window": .integer(taken.window),
          "taken": .integer(taken.tokens),
        ]
      }
    }
    return [
      "key": .string(text), "isRevoked": .bool(isRevoked), "requests": JSON(count: requests),
      "buckets": .array(used),
    ]
  }

  fileprivate static func read(_ reader: inout ObjectReader) -> APIKey.Snapshot? {
    reader.require(["key", "isRevoked", "requests"])
    let text = reader.member("key", expected: APIKeyFormat.expected) { json in
      json.string.flatMap { APIKeyFormat.isValid($0) ? $0 : nil }
    }
    let (isRevoked, requests) = (reader.bool("isRevoked"), reader.count("requests"))
    var buckets: [Int: RateLimiter] = [:]
    _ = reader.list("buckets") { reader -> Bool? in
      reader.require(["endpoint", "refill", "window", "taken"])
      let endpoint = reader.member("endpoint", expected: "a method and a route of the API") {
        json in Endpoint.all.first { "\($0.method) \($0.path)" == json.string }
      }
      let refill = reader.choice("refill", of: Plan.RateLimit.Refill.self)
      let window = reader.integer("window", in: 0...Int64.max)
      let taken = reader.integer("taken", in: 0...1_000_000_000_000_000_000)
      if let endpoint, let refill, let window, let taken {
        buckets[endpoint.index] = RateLimiter(
          RateLimiter.Used(window: window, tokens: taken, refill: refill))
      }
      return true
    }
    guard let text, let isRevoked, let requests else { return nil }
    return APIKey.Snapshot(
      text: text, isRevoked: isRevoked, requests: UInt64(requests), buckets: buckets)
  }
}

extension Ledger.Entry {
  fileprivate var stored: JSON {
    var object: JSONObject = [
      "id": .integer(id), "at": JSON(Timestamp(milliseconds: at)), "kind": .string(kind.rawValue),
      "amount": .integer(amount), "balance": .integer(balance),
    ]
    object.append("endpoint", ifAny: endpoint.map { .string($0) })
    object.append("requestId", ifAny: requestID.map { .string($0) })
    object.append("taskId", ifAny: taskID.map { .string($0) })
    return .object(object)
  }

  fileprivate static func read(_ reader: inout ObjectReader) -> Ledger.Entry? {
    reader.require(["id", "at", "kind", "amount", "balance"])
    let (id, at) = (reader.integer("id", in: 1...1 << 39), reader.moment("at"))
    let kind = reader.choice("kind", of: Kind.self)
    let most = Plan.creditRange.upperBound
    let amount = reader.member("amount", expected: "a whole number other than 0") { json in
      json.integer.flatMap { $0 != 0 && -most...most ~= $0 ? $0 : nil }
    }
    let balance = reader.integer("balance", in: Plan.creditRange)
    let endpoint = reader.string("endpoint")
    let (requestID, taskID) = (reader.string("requestId"), reader.string("taskId"))
    guard let id, let at, let kind, let amount, let balance else { return nil }
    return Ledger.Entry(
      id: id, at: at.milliseconds, kind: kind, amount: amount, balance: balance,
      endpoint: endpoint, requestID: requestID, taskID: taskID)
  }

  /// Notes what is wrong with an organization's entries as a whole: a ledger adds up.
  fileprivate static func check(
    _ entries: [Ledger.Entry], _ balance: Int64, _ reader: ObjectReader
  ) {
    var (id, sum): (Int64, Int64) = (0, 0)
    for (index, entry) in entries.enumerated() {
      if index == 0, entry.isFolded { id = entry.id - 1 }
      if entry.id != id + 1 || entry.isFolded && index > 0 {
        reader.fail("entries[\(index)].id", "expected \(id + 1): entries have no gap")
      }
      if entry.balance != sum + entry.amount {
        reader.fail(
          "entries[\(index)].balance", "expected \(sum + entry.amount): the sum of the amounts")
      }
      (id, sum) = (entry.id, entry.balance)
    }
    if balance != sum { reader.fail("balance", "expected \(sum): the last entry's balance") }
  }
}
