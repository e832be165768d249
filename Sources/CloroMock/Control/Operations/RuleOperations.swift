import JSON

/// Faults and stubs.
struct RuleOperations: Sendable {
  /// The rules that apply to all organizations.
  let shared: RuleSet
  let organizations: OrganizationDirectory
  /// The most faults, and the most stubs, of an organization or of all.
  let most: Int
  /// Stores each change in the database; nil without one.
  var keeper: StateKeeper?

  /// The rules of a kind, in the order in which they were added.
  ///
  /// - Parameter key: Only those of this key's organization; nil takes all.
  func list<Definition>(
    _ kind: RuleSet.Kind<Definition>, of key: APIKey?
  ) -> [CountedRule<Definition>] {
    owners(of: key).flatMap { $0.rules.lists[keyPath: kind].rules }.sorted { $0.order < $1.order }
  }

  /// Makes a fault from values of this process.
  ///
  /// - Parameters:
  ///   - times: How often it strikes; nil for always.
  ///   - probability: How likely it strikes a request that matches; nil means 1.
  func fault(
    _ match: RuleMatch, _ kind: FaultKind, times: Int?, probability: Double?
  ) throws(ControlError) -> Fault {
    let problems = JSONProblems()
    let fault = Fault(
      match: match, fault: kind, times: times, probability: probability,
      at: ObjectPlace(problems: problems))
    guard let fault else { throw .invalid(problems.list) }
    return fault
  }

  /// Makes a fault from JSON.
  func fault(_ json: JSON) throws(ControlError) -> Fault {
    guard let fault = try ControlError.read(json, Fault.read) else {
      throw .invalid("fault: expected an object with a kind")
    }
    return fault
  }

  /// Makes a stub from values of this process.
  ///
  /// - Parameters:
  ///   - latency: How long the answer takes; nil means the provider's own latency.
  ///   - times: How often it is used; nil for always.
  func stub(
    _ match: RuleMatch, _ response: StubbedResponse, latency: String?, times: Int?
  ) throws(ControlError) -> Stub {
    let problems = JSONProblems()
    let stub = Stub(
      match: match, response: response, latency: latency, times: times,
      at: ObjectPlace(problems: problems))
    guard let stub else { throw .invalid(problems.list) }
    return stub
  }

  /// Makes a stub from JSON.
  func stub(_ json: JSON) throws(ControlError) -> Stub {
    guard let stub = try ControlError.read(json, Stub.read) else {
      throw .invalid("expected an answer: result, error, mentions or sequence")
    }
    return stub
  }

  /// Adds a rule to the organization of the key that it names, or to the rules for all.
  func add<Definition: StoredRule>(
    _ rule: Definition, to kind: RuleSet.Kind<Definition>
  ) throws(ControlError) -> CountedRule<Definition> {
    var owner: Owner = (shared, nil)
    if let text = rule.match.key {
      guard let key = organizations.key(text) else { throw .notFound("There is no such key.") }
      owner = (key.organization.rules, key.organization)
    }
    guard owner.rules.lists[keyPath: kind].rules.count < most else {
      throw .limit(ReachedLimit(name: "rules", number: most))
    }
    let number = RuleSet.nextNumber()
    return try change(owner) { lists in
      lists[keyPath: kind].add(rule, number: number)
    } texts: { added, lists in
      [lists.listText(of: Definition.name), added.text]
    }
  }

  /// Removes a rule.
  func remove<Definition: StoredRule>(
    _ id: String, from kind: RuleSet.Kind<Definition>
  ) throws(ControlError) {
    for owner in owners(of: nil) {
      guard owner.rules.lists[keyPath: kind].rules.contains(where: { $0.id == id }) else {
        continue
      }
      let removed = try change(owner) { lists -> CountedRule<Definition>? in
        let rule = lists[keyPath: kind].rules.first { $0.id == id }
        return lists[keyPath: kind].remove(id) ? rule : nil
      } texts: { removed, _ in
        removed.map { [$0.removal] } ?? []
      }
      if removed != nil { return }
    }
    throw .notFound("There is no \(Definition.name) \(ShownText.value(id)).")
  }

  /// Removes the rules of a kind.
  ///
  /// - Parameter key: Only those of this key's organization; nil takes all.
  func removeAll<Definition: StoredRule>(
    _ kind: RuleSet.Kind<Definition>, of key: APIKey?
  ) throws(ControlError) {
    for owner in owners(of: key) {
      guard !owner.rules.lists[keyPath: kind].rules.isEmpty else { continue }
      _ = try change(owner) { lists -> [CountedRule<Definition>] in
        defer { lists[keyPath: kind].removeAll() }
        return lists[keyPath: kind].rules
      } texts: { removed, _ in
        removed.map(\.removal)
      }
    }
  }

  /// A set of rules, and the organization that it belongs to; nil for that of all.
  private typealias Owner = (rules: RuleSet, organization: Organization?)

  private func owners(of key: APIKey?) -> [Owner] {
    if let key { return [(key.organization.rules, key.organization)] }
    return [(shared, nil)] + organizations.all.map { ($0.rules, $0) }
  }

  /// Changes rules, in the database first.
  private func change<Result: Sendable>(
    _ owner: Owner, _ body: (inout RuleSet.Lists) -> Result,
    texts: (Result, RuleSet.Lists) -> [StoredText]
  ) throws(ControlError) -> Result {
    guard let keeper else { return owner.rules.change(body) }
    return try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      try owner.rules.change(body, texts: texts) {
        texts throws(OrganizationDirectory.Refusal) in
        try keeper.store(texts, .rules, of: owner.organization)
      }
    }
  }
}
