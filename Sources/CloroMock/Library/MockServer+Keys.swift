import CloroContract

extension MockServer {
  /// An API key and its organization's settings, at the moment of the call.
  public struct Key: Sendable, Hashable {
    /// The key's text, which a client sends as its bearer token.
    public let key: String
    /// The organization's name. Keys of one organization share its balance, slots and queue.
    public let organization: String
    /// The plan's name.
    public let plan: String
    /// The balance, in credits.
    public let credits: Int
    /// The slots for requests and tasks that run at the same time.
    public let concurrency: Int
    /// Requests a second to each endpoint.
    public let requestsPerSecond: Int
    /// The contract revision of its answers.
    public let contract: ContractRevision
    /// The seed of its identifiers and draws.
    public let seed: Int
    /// Whose form its answers have.
    public let shapes: AnswerShapes
    /// Which optional members its answers have.
    public let variety: AnswerVariety
    /// What a question gets that was asked before.
    public let repetition: Plan.Repetition
    /// What becomes of members that a request doesn't have.
    public let unknownMembers: UnknownMembers
    /// Whether each synchronous question is held until it is released.
    public let holdSync: Bool
    /// The name that the report and the journal show; nil for none.
    public let label: String?
    /// The credits that its requests should take at most; nil for any number.
    public let budget: Int?
    /// How well a day goes at the engines; nil when nothing goes wrong by itself.
    public let weather: Weather?
    /// Whether the key was revoked, so that its requests are answered 401.
    public let isRevoked: Bool
  }

  /// All keys in the order in which they were added (`GET /_mock/keys`).
  public var keys: [Key] { organizations.keys.map { Key($0) } }

  /// Whether the keys of a large database are still being read, so that ``keys`` waits for them.
  package var isReadingKeys: Bool { organizations.isReading }

  /// A key by its text (`GET /_mock/keys/{key}`).
  ///
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func key(_ text: String) async throws(ControlRefusal) -> Key {
    try await perform { control throws(ControlError) in Key(try control.keys.find(text)) }
  }

  /// Mints a key (`POST /_mock/keys`). By default it gets a new organization of its own, so that
  /// requests with other keys don't affect its balance, slots, limits or identifiers.
  ///
  /// - Parameters:
  ///   - settings: What its organization has beyond the plan.
  ///   - organization: The organization's name, without white space. One that exists is joined: its
  ///     settings stay, so none may be given. The default is nil, which creates one with a name of
  ///     its own.
  ///   - key: The key's text, `sk_live_` or `sk_test_` and 32 lower-case hexadecimal digits. The
  ///     default is nil, which generates an unused key.
  /// - Throws: ``ControlRefusal`` 400 with each value that can't be used, 409 when the key exists.
  @discardableResult
  public func mint(
    _ settings: KeySettings, organization: String? = nil, key: String? = nil
  ) async throws(ControlRefusal) -> Key {
    let order = KeyOrder(settings: settings, key: key, organization: organization)
    return try await perform { control throws(ControlError) in Key(try control.keys.mint(order)) }
  }

  /// Changes a key's organization from the next request on (`PATCH /_mock/keys/{key}`): a plan
  /// upgrade, a top-up, a revoked key.
  ///
  /// - Parameters:
  ///   - key: The key's text.
  ///   - settings: The changed settings; a nil setting changes nothing. `credits` is the new
  ///     balance, to which a reset returns.
  ///   - addCredits: What is added to the balance; a negative number is subtracted. The default is
  ///     nil.
  ///   - revoked: Whether the key is refused with 401. The default is nil, which changes nothing.
  /// - Throws: ``ControlRefusal`` 400 with each value that can't be used, 404 when there is no such
  ///   key.
  @discardableResult
  public func change(
    key: String, _ settings: KeySettings, addCredits: Int? = nil, revoked: Bool? = nil
  ) async throws(ControlRefusal) -> Key {
    let change = KeyChange(settings: settings, addCredits: addCredits, isRevoked: revoked)
    return try await perform { control throws(ControlError) in
      Key(try control.keys.change(key, change))
    }
  }

  /// Removes a key (`DELETE /_mock/keys/{key}`); an organization is removed with its last key.
  ///
  /// - Returns: The key as it was, with the last balance.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  @discardableResult
  public func remove(key: String) async throws(ControlRefusal) -> Key {
    try await perform { control throws(ControlError) in
      let (key, balance) = try control.keys.remove(key)
      return Key(key, balance: balance)
    }
  }

  /// Goes back to the loaded fixtures, or to the built-in key when there are none (`POST
  /// /_mock/reset`).
  ///
  /// - Parameter key: Resets only this key's organization. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func reset(key: String? = nil) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      try control.state.reset(control.keys.narrowed(to: key))
    }
  }
}

// MARK: Settings in the call itself

extension MockServer {
  /// ``mint(_:organization:key:)`` with the settings in the call: `mint(credits: 70)`.
  ///
  /// The parameters are those of that method, and the members of ``KeySettings``.
  @discardableResult
  public func mint(
    plan: String? = nil, credits: Int? = nil, concurrency: Int? = nil,
    requestsPerSecond: Int? = nil, queueLimit: Int? = nil, latency: String? = nil,
    progression: Plan.Progression? = nil, seed: Int? = nil, organization: String? = nil,
    key: String? = nil, webhookSecret: String? = nil, webhookMode: Plan.Webhooks.Mode? = nil,
    webhookTimeoutSeconds: Int? = nil, contract: ContractRevision? = nil,
    shapes: AnswerShapes? = nil, variety: AnswerVariety? = nil,
    repeat repetition: Plan.Repetition? = nil, unknownMembers: UnknownMembers? = nil,
    holdSync: Bool? = nil, label: String? = nil, budget: Int? = nil,
    weather: Weather? = nil
  ) async throws(ControlRefusal) -> Key {
    let settings = KeySettings(
      plan: plan, credits: credits, concurrency: concurrency, requestsPerSecond: requestsPerSecond,
      queueLimit: queueLimit, latency: latency, progression: progression, seed: seed,
      webhookSecret: webhookSecret, webhookMode: webhookMode,
      webhookTimeoutSeconds: webhookTimeoutSeconds, contract: contract, shapes: shapes,
      variety: variety, repeat: repetition, unknownMembers: unknownMembers, holdSync: holdSync,
      label: label, budget: budget, weather: weather)
    return try await mint(settings, organization: organization, key: key)
  }

  /// ``change(key:_:addCredits:revoked:)`` with the settings in the call:
  /// `change(key: key, concurrency: 5)`.
  ///
  /// The parameters are those of that method, and the members of ``KeySettings``.
  @discardableResult
  public func change(
    key: String, plan: String? = nil, credits: Int? = nil, addCredits: Int? = nil,
    concurrency: Int? = nil, requestsPerSecond: Int? = nil, queueLimit: Int? = nil,
    latency: String? = nil, progression: Plan.Progression? = nil, seed: Int? = nil,
    webhookSecret: String? = nil, webhookMode: Plan.Webhooks.Mode? = nil,
    webhookTimeoutSeconds: Int? = nil, contract: ContractRevision? = nil,
    shapes: AnswerShapes? = nil, variety: AnswerVariety? = nil,
    repeat repetition: Plan.Repetition? = nil, unknownMembers: UnknownMembers? = nil,
    holdSync: Bool? = nil, label: String? = nil, budget: Int? = nil,
    weather: Weather? = nil, revoked: Bool? = nil
  ) async throws(ControlRefusal) -> Key {
    let settings = KeySettings(
      plan: plan, credits: credits, concurrency: concurrency, requestsPerSecond: requestsPerSecond,
      queueLimit: queueLimit, latency: latency, progression: progression, seed: seed,
      webhookSecret: webhookSecret, webhookMode: webhookMode,
      webhookTimeoutSeconds: webhookTimeoutSeconds, contract: contract, shapes: shapes,
      variety: variety, repeat: repetition, unknownMembers: unknownMembers, holdSync: holdSync,
      label: label, budget: budget, weather: weather)
    return try await change(key: key, settings, addCredits: addCredits, revoked: revoked)
  }
}

extension MockServer.Key {
  /// - Parameter balance: The balance of an organization that is gone; nil takes the present one.
  fileprivate init(_ key: APIKey, balance: Int64? = nil) {
    let settings = key.organization.settings
    self.init(
      key: key.text, organization: key.organization.name, plan: settings.plan.name,
      credits: Int(balance ?? key.organization.account.balance),
      concurrency: settings.plan.concurrency,
      requestsPerSecond: settings.plan.rateLimit.requestsPerSecond, contract: settings.contract,
      seed: Int(clamping: settings.seed), shapes: settings.plan.shapes,
      variety: settings.plan.variety, repetition: settings.plan.repetition,
      unknownMembers: settings.unknownMembers, holdSync: settings.plan.holdSync,
      label: settings.plan.label, budget: settings.plan.budget.map { Int($0) },
      weather: settings.weather, isRevoked: key.isRevoked)
  }
}
