import JSON

/// Faults and stubs.
struct RuleOperations: Sendable {
  /// The rules that apply to all organizations.
  let shared: RuleSet
  let organizations: OrganizationDirectory
  /// The most faults, and the most stubs, of an organization or of all.
  let most: Int

  /// The rules of a kind, in the order in which they were added.
  ///
  /// - Parameter key: Only those of this key's organization; nil takes all.
  func list<Definition>(
    _ kind: RuleSet.Kind<Definition>, of key: APIKey?
  ) -> [CountedRule<Definition>] {
    sets(of: key).flatMap { $0.lists[keyPath: kind].rules }.sorted { $0.order < $1.order }
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
  func add<Definition>(
    _ rule: Definition, to kind: RuleSet.Kind<Definition>
  ) throws(ControlError) -> CountedRule<Definition> {
    var owner = shared
    if let text = rule.match.key {
      guard let key = organizations.key(text) else { throw .notFound("There is no such key.") }
      owner = key.organization.rules
    }
    guard owner.lists[keyPath: kind].rules.count < most else {
      throw .limit(ReachedLimit(name: "rules", number: most))
    }
    return owner.add(rule, to: kind)
  }

  /// Removes a rule.
  func remove<Definition>(
    _ id: String, from kind: RuleSet.Kind<Definition>
  ) throws(ControlError) {
    let holders = sets(of: nil).filter { !$0.lists[keyPath: kind].rules.isEmpty }
    guard holders.contains(where: { $0.change { $0[keyPath: kind].remove(id) } }) else {
      throw .notFound("There is no \(Definition.name) \(ShownText.value(id)).")
    }
  }

  /// Removes the rules of a kind.
  ///
  /// - Parameter key: Only those of this key's organization; nil takes all.
  func removeAll<Definition>(_ kind: RuleSet.Kind<Definition>, of key: APIKey?) {
    for set in sets(of: key) { set.change { $0[keyPath: kind].removeAll() } }
  }

  private func sets(of key: APIKey?) -> [RuleSet] {
    if let key { return [key.organization.rules] }
    return [shared] + organizations.all.map(\.rules)
  }
}
