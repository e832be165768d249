import CloroContract
import JSON

/// Reads a fixture file strictly: every problem is noted, not just the first.
struct FixtureReader {
  /// The plans that `extends` may name.
  let plans: [String: Plan]
  /// Where the files are that stubs name.
  var files = BodyFiles()

  /// - Parameters:
  ///   - bytes: The file's content.
  ///   - problems: Collects the problems.
  /// - Returns: nil when the content is no JSON object or its plan can't be determined.
  func read(_ bytes: [UInt8], problems: JSONProblems) -> Plan? {
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: bytes)
    } catch {
      problems.add("", "not JSON: \(error)")
      return nil
    }
    guard var reader = ObjectReader(json, problems: problems) else { return nil }
    _ = reader.string("$schema")
    reader.require("plan")
    let name = reader.string("plan") ?? ""
    if reader.object["plan"]?.string != nil, !OrganizationName.isValid(name) {
      reader.fail("plan", "expected \(OrganizationName.expected)")
    }
    var plan = base(&reader, name)
    plan.name = name
    readLimits(&reader, &plan)
    readBehaviour(&reader, &plan)
    readKeys(&reader, &plan)
    reader.finish()
    return plan
  }

  /// The plan to start from: the extended one, else the known one of its name, else `hobby`.
  private func base(_ reader: inout ObjectReader, _ name: String) -> Plan {
    let names = plans.keys.sorted()
    let extended = reader.string("extends").flatMap { base -> Plan? in
      guard let plan = plans[base] else {
        reader.fail(
          "extends",
          "\"\(ShownText.value(base))\" is no plan\(ObjectReader.alternatives(to: base, in: names))"
        )
        return nil
      }
      return plan
    }
    // A file that neither extends a plan nor has the name of a built-in one starts from the default
    // plan.
    var plan =
      extended ?? plans[name] ?? plans["hobby"] ?? Plan(name: name, credits: 0, concurrency: 0)
    plan.keys = []
    if extended == nil, plans[name] == nil { plan.usd = nil }
    return plan
  }

  private func readLimits(_ reader: inout ObjectReader, _ plan: inout Plan) {
    plan.contract = reader.choice("contract", of: ContractRevision.self) ?? plan.contract
    // Another number of credits has another price, which nobody has said.
    if reader.object["credits"] != nil { plan.usd = nil }
    plan.usd =
      reader.member("usd", expected: "a number of at least 0") { json in
        json.number.flatMap { $0 >= 0 ? $0 : nil }
      } ?? plan.usd
    plan.credits = reader.integer("credits", in: Plan.creditRange) ?? plan.credits
    plan.concurrency =
      reader.integer("concurrency", in: Plan.slotRange).map { Int($0) } ?? plan.concurrency
    plan.queueLimit =
      reader.integer("queueLimit", in: Plan.queueRange).map { Int($0) } ?? plan.queueLimit
    if var limit = reader.reader("rateLimit") {
      plan.rateLimit.requestsPerSecond =
        limit.integer("requestsPerSecond", in: Plan.rateRange).map { Int($0) }
        ?? plan.rateLimit.requestsPerSecond
      plan.rateLimit.refill =
        limit.choice("refill", of: Plan.RateLimit.Refill.self) ?? plan.rateLimit.refill
      plan.rateLimit.enabled = limit.bool("enabled") ?? plan.rateLimit.enabled
      limit.finish()
    }
    if var pricing = reader.reader("pricing") { readPricing(&pricing, &plan.pricing) }
  }

  /// Base prices are under the providers' names, extras under their own names.
  private func readPricing(_ reader: inout ObjectReader, _ prices: inout PriceChanges) {
    let range: ClosedRange<Int64> = 0...1_000_000
    for provider in Provider.allCases {
      if let price = reader.integer(provider.rawValue, in: range) { prices.base[provider] = price }
    }
    for extra in ExtraPrice.allCases {
      if let price = reader.integer(extra.rawValue, in: range) { prices.extras[extra] = price }
    }
    reader.finish()
  }

  private func readBehaviour(_ reader: inout ObjectReader, _ plan: inout Plan) {
    if var latency = reader.reader("latency") {
      plan.latency = latency.latency("default") ?? plan.latency
      for provider in Provider.allCases {
        if let own = latency.latency(provider.rawValue) {
          plan.providerLatency[provider] = own
        }
      }
      latency.finish()
    }
    plan.progression = Plan.Progression.read("progression", &reader) ?? plan.progression
    plan.shapes = reader.choice("shapes", of: AnswerShapes.self) ?? plan.shapes
    plan.variety = reader.choice("variety", of: AnswerVariety.self) ?? plan.variety
    plan.repetition = reader.choice("repeat", of: Plan.Repetition.self) ?? plan.repetition
    if var webhooks = reader.reader("webhooks") { readWebhooks(&webhooks, &plan.webhooks) }
    if let names = reader.array("unavailable") {
      plan.unavailable = Set(
        names.enumerated().compactMap { index, json in
          Self.provider(json, "unavailable[\(index)]", reader)
        })
    }
    plan.unknownMembers =
      reader.choice("unknownMembers", of: UnknownMembers.self) ?? plan.unknownMembers
    plan.holdSync = reader.bool("holdSync") ?? plan.holdSync
    if let label = Self.label(&reader) { plan.label = label.isEmpty ? nil : label }
    plan.budget = reader.integer("budget", in: Plan.creditRange) ?? plan.budget
    plan.weather = Weather.read("weather", &reader) ?? plan.weather
    if var findings = reader.reader("findings") {
      if let names = findings.array("disabled") {
        plan.disabledFindings = Set(
          names.enumerated().compactMap { Self.finding($1, "disabled[\($0)]", findings) })
      }
      findings.finish()
    }
    if var countries = reader.reader("countries") {
      let codes = countries.array("exclude") ?? []
      for (index, json) in codes.enumerated() {
        guard let code = json.string, Country.isKnown(code) else {
          countries.fail("exclude[\(index)]", "expected an ISO 3166-1 alpha-2 code in capitals")
          continue
        }
        plan.excludedCountries.insert(code)
      }
      countries.finish()
    }
    plan.faults = Self.rules("faults", &reader, Fault.read) ?? plan.faults
    plan.stubs = Self.rules("responses", &reader) { Stub.read(&$0, files) } ?? plan.stubs
  }

  private static func label(_ reader: inout ObjectReader) -> String? {
    reader.member("label", expected: Plan.expectedLabel) { json in
      json.string.flatMap { Plan.isLabel($0) ? $0 : nil }
    }
  }

  /// Reads rules. A key that a rule names need not exist yet, because keys are created and removed
  /// at any time.
  private static func rules<Definition: RuleDefinition>(
    _ name: String, _ reader: inout ObjectReader,
    _ read: (inout ObjectReader) -> Definition?
  ) -> [Definition]? {
    reader.readers(name)?.compactMap { entry in
      var entry = entry
      let rule = read(&entry)
      if let key = rule?.match.key, !APIKeyFormat.isValid(key) {
        entry.fail("match.key", "expected \(APIKeyFormat.expected)")
      }
      entry.finish()
      return rule
    }
  }

  private func readWebhooks(_ reader: inout ObjectReader, _ webhooks: inout Plan.Webhooks) {
    webhooks.mode = reader.choice("mode", of: Plan.Webhooks.Mode.self) ?? webhooks.mode
    let secret = reader.member(
      "secret", expected: Plan.Webhooks.expectedSecret, Plan.Webhooks.secret)
    if let secret { webhooks.secret = secret.isEmpty ? nil : secret }
    webhooks.timeoutSeconds =
      reader.integer("timeoutSeconds", in: Plan.Webhooks.timeoutRange).map { Int($0) }
      ?? webhooks.timeoutSeconds
    webhooks.attempts = reader.integer("attempts", in: 1...20).map { Int($0) } ?? webhooks.attempts
    if let seconds = reader.array("retrySeconds") {
      let delays = seconds.compactMap { json in
        json.integer.flatMap { 0...86_400 ~= $0 ? $0 : nil }
      }
      if delays.count == seconds.count, !delays.isEmpty {
        webhooks.retrySeconds = delays
      } else {
        reader.fail(
          "retrySeconds", "expected whole numbers of seconds from 0 to 86400, at least one")
      }
    }
    reader.finish()
  }

  private func readKeys(_ reader: inout ObjectReader, _ plan: inout Plan) {
    guard let keys = reader.readers("keys") else { return }
    var known: Set<String> = []
    for var entry in keys {
      entry.require("key")
      entry.require("organization")
      let key = entry.member("key", expected: APIKeyFormat.expected) { json in
        json.string.flatMap { APIKeyFormat.isValid($0) ? $0 : nil }
      }
      let organization = entry.member(
        "organization", expected: OrganizationName.expected
      ) { json in json.string.flatMap { OrganizationName.isValid($0) ? $0 : nil } }
      let credits = entry.integer("credits", in: Plan.creditRange)
      let concurrency = entry.integer("concurrency", in: Plan.slotRange).map { Int($0) }
      let latency = entry.latency("latency")?.description
      let label = Self.label(&entry)
      let weather = Weather.read("weather", &entry)
      let isRevoked = entry.bool("revoked") ?? false
      entry.finish()
      if let key, let organization {
        if !known.insert(key).inserted { entry.fail("key", "stands twice") }
        plan.keys.append(
          Plan.Key(
            key: key, organization: organization, credits: credits, concurrency: concurrency,
            latency: latency, label: label, weather: weather, isRevoked: isRevoked))
      }
    }
  }

  private static func finding(
    _ json: JSON, _ name: String, _ reader: ObjectReader
  ) -> FindingID? {
    let names = FindingID.allCases.map(\.rawValue)
    guard let text = json.string, let id = FindingID(rawValue: text) else {
      let hint = json.string.map { ObjectReader.hint($0, names) } ?? ""
      reader.fail(name, "is no finding\(hint); allowed: \(names.joined(separator: ", "))")
      return nil
    }
    return id
  }

  private static func provider(
    _ json: JSON, _ name: String, _ reader: ObjectReader
  ) -> Provider? {
    let names = Provider.allCases.map(\.rawValue)
    guard let text = json.string, let provider = Provider(rawValue: text) else {
      let hint = json.string.map { ObjectReader.hint($0, names) } ?? ""
      reader.fail(name, "is no provider\(hint); allowed: \(names.joined(separator: ", "))")
      return nil
    }
    return provider
  }
}
