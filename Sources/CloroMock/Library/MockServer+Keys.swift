import CloroContract

extension MockServer {
  /// What an API key stands for, at the moment it was asked for.
  public struct Key: Sendable, Hashable {
    /// The key's text, which a client sends as bearer.
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
    /// The contract that answers follow.
    public let contract: ContractRevision
    /// What identifiers and draws start from.
    public let seed: Int
    /// Whether the key was revoked: it is then answered 401.
    public let isRevoked: Bool
  }

  /// All keys in the order in which they came (`GET /_mock/keys`).
  public var keys: [Key] { organizations.keys.map(Key.init) }

  /// A key by its text (`GET /_mock/keys/{key}`).
  ///
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func key(_ text: String) async throws(ControlRefusal) -> Key {
    try await perform { control throws(ControlError) in Key(try control.keys.find(text)) }
  }

  /// Mints a key (`POST /_mock/keys`): by default one of a new organization of its own, so that
  /// nothing that happens to another key shows in its balance, slots, limits or identifiers.
  ///
  /// - Parameters:
  ///   - settings: What its organization has beyond the plan.
  ///   - organization: An organization to join; its settings stay, so none may be given. The default
  ///     is nil: a new one.
  ///   - key: The key's text, `sk_live_` or `sk_test_` and 32 lower-case hexadecimal digits. The
  ///     default is nil: one that nobody has.
  /// - Throws: ``ControlRefusal`` 400 with each value that can't be used, 404 when the organization
  ///   to join isn't there, 409 when the key exists.
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
  ///   - settings: What changes; what is nil stays. `credits` is the new balance, and what a reset
  ///     goes back to.
  ///   - addCredits: What is added to the balance; below 0 takes away. The default is nil.
  ///   - revoked: Whether the key is refused with 401. The default is nil: it stays as it is.
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

  /// Removes a key (`DELETE /_mock/keys/{key}`); with its last key an organization goes too.
  ///
  /// - Returns: The key as it was.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  @discardableResult
  public func remove(key: String) async throws(ControlRefusal) -> Key {
    try await perform { control throws(ControlError) in Key(try control.keys.remove(key)) }
  }

  /// Goes back to the loaded fixtures, never to nothing (`POST /_mock/reset`).
  ///
  /// - Parameter key: Takes only that key's organization back to its beginning. The default is nil.
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
    contract: ContractRevision? = nil
  ) async throws(ControlRefusal) -> Key {
    let settings = KeySettings(
      plan: plan, credits: credits, concurrency: concurrency, requestsPerSecond: requestsPerSecond,
      queueLimit: queueLimit, latency: latency, progression: progression, seed: seed,
      webhookSecret: webhookSecret, webhookMode: webhookMode, contract: contract)
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
    contract: ContractRevision? = nil, revoked: Bool? = nil
  ) async throws(ControlRefusal) -> Key {
    let settings = KeySettings(
      plan: plan, credits: credits, concurrency: concurrency, requestsPerSecond: requestsPerSecond,
      queueLimit: queueLimit, latency: latency, progression: progression, seed: seed,
      webhookSecret: webhookSecret, webhookMode: webhookMode, contract: contract)
    return try await change(key: key, settings, addCredits: addCredits, revoked: revoked)
  }
}

extension MockServer.Key {
  fileprivate init(_ key: APIKey) {
    let settings = key.organization.settings
    self.init(
      key: key.text, organization: key.organization.name, plan: settings.plan.name,
      credits: Int(key.organization.account.balance), concurrency: settings.plan.concurrency,
      requestsPerSecond: settings.plan.rateLimit.requestsPerSecond, contract: settings.contract,
      seed: Int(clamping: settings.seed), isRevoked: key.isRevoked)
  }
}
