import CloroContract
import JSON

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
    try Key(await perform(.get, "keys", text))
  }

  /// Mints a key (`POST /_mock/keys`): by default one of a new organization of its own, so that
  /// nothing that happens to another key shows in its balance, slots, limits or identifiers.
  ///
  /// What is nil is the plan's.
  ///
  /// - Parameters:
  ///   - plan: A plan's name; nil takes the double's own.
  ///   - credits: The first balance, 0 or more, and what a reset goes back to.
  ///   - concurrency: Slots, 0 to 1,000,000.
  ///   - requestsPerSecond: For each endpoint, 1 or more.
  ///   - queueLimit: The most queued tasks, 0 to 10,000,000.
  ///   - latency: How long answers take: `250ms`, `uniform(1s,3s)` or `lognormal(2s,0.4)`.
  ///   - progression: How a task goes from one status to the next.
  ///   - seed: What identifiers and draws start from, 0 or more.
  ///   - organization: An organization to join; its settings stay, so no others may be given.
  ///   - key: The key's text, `sk_live_` or `sk_test_` and 32 lower-case hexadecimal digits; nil
  ///     makes one.
  ///   - webhookSecret: What webhooks are signed with.
  ///   - webhookMode: `.collect` keeps webhooks without sending them.
  ///   - contract: The contract that answers follow.
  /// - Throws: ``ControlRefusal`` 400 with each value that can't be used, 404 when the organization
  ///   to join isn't there, 409 when the key exists.
  @discardableResult
  public func mint(
    plan: String? = nil, credits: Int? = nil, concurrency: Int? = nil,
    requestsPerSecond: Int? = nil, queueLimit: Int? = nil, latency: String? = nil,
    progression: Plan.Progression? = nil, seed: Int? = nil, organization: String? = nil,
    key: String? = nil, webhookSecret: String? = nil, webhookMode: Plan.Webhooks.Mode? = nil,
    contract: ContractRevision? = nil
  ) async throws(ControlRefusal) -> Key {
    var body = Self.settings(
      plan, credits, concurrency, requestsPerSecond, queueLimit, latency, progression, seed,
      webhookSecret, webhookMode, contract)
    body.append("organization", ifGiven: .text(organization))
    body.append("key", ifGiven: .text(key))
    return try Key(await perform(.post, "keys", body: .object(body)))
  }

  /// Changes a key's organization from the next request on (`PATCH /_mock/keys/{key}`): a plan
  /// upgrade, a top-up, a revoked key.
  ///
  /// What is nil stays. The other parameters are those of ``mint(plan:credits:concurrency:requestsPerSecond:queueLimit:latency:progression:seed:organization:key:webhookSecret:webhookMode:contract:)``.
  ///
  /// - Parameters:
  ///   - key: The key's text.
  ///   - credits: The new balance.
  ///   - addCredits: What is added to the balance; below 0 takes away.
  ///   - revoked: Whether the key is refused with 401.
  /// - Throws: ``ControlRefusal`` 400 with each value that can't be used, 404 when there is no such
  ///   key.
  @discardableResult
  public func change(
    key: String, plan: String? = nil, credits: Int? = nil, addCredits: Int? = nil,
    concurrency: Int? = nil, requestsPerSecond: Int? = nil, queueLimit: Int? = nil,
    latency: String? = nil, progression: Plan.Progression? = nil, seed: Int? = nil,
    webhookSecret: String? = nil, webhookMode: Plan.Webhooks.Mode? = nil,
    contract: ContractRevision? = nil, revoked: Bool? = nil
  ) async throws(ControlRefusal) -> Key {
    var body = Self.settings(
      plan, credits, concurrency, requestsPerSecond, queueLimit, latency, progression, seed,
      webhookSecret, webhookMode, contract)
    body.append("addCredits", ifGiven: .number(addCredits))
    body.append("revoked", ifGiven: revoked.map(JSON.bool))
    return try Key(await perform(.patch, "keys", key, body: .object(body)))
  }

  /// Removes a key (`DELETE /_mock/keys/{key}`); with its last key an organization goes too.
  ///
  /// - Returns: The key as it was.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  @discardableResult
  public func remove(key: String) async throws(ControlRefusal) -> Key {
    try Key(await perform(.delete, "keys", key))
  }

  /// Goes back to the loaded fixtures, never to nothing (`POST /_mock/reset`).
  ///
  /// - Parameter key: Takes only that key's organization back to its beginning. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func reset(key: String? = nil) async throws(ControlRefusal) {
    _ = try await perform(.post, "reset", query: ["key": key])
  }

  private static func settings(
    _ plan: String?, _ credits: Int?, _ concurrency: Int?, _ requestsPerSecond: Int?,
    _ queueLimit: Int?, _ latency: String?, _ progression: Plan.Progression?, _ seed: Int?,
    _ webhookSecret: String?, _ webhookMode: Plan.Webhooks.Mode?, _ contract: ContractRevision?
  ) -> JSONObject {
    var body = JSONObject()
    body.append("plan", ifGiven: .text(plan))
    body.append("credits", ifGiven: .number(credits))
    body.append("concurrency", ifGiven: .number(concurrency))
    body.append("requestsPerSecond", ifGiven: .number(requestsPerSecond))
    body.append("queueLimit", ifGiven: .number(queueLimit))
    body.append("latency", ifGiven: .text(latency))
    body.append("progression", ifGiven: progression?.json)
    body.append("seed", ifGiven: .number(seed))
    body.append("webhookSecret", ifGiven: .text(webhookSecret))
    body.append("webhookMode", ifGiven: .text(webhookMode?.rawValue))
    body.append("contract", ifGiven: .text(contract?.rawValue))
    return body
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

  fileprivate init(_ answer: ControlReply) throws(MockServer.ControlRefusal) {
    let reply = try answer.parsed()
    self.init(
      key: try reply.string("key"), organization: try reply.string("organization"),
      plan: try reply.string("plan"), credits: try reply.integer("credits"),
      concurrency: try reply.integer("concurrency"),
      requestsPerSecond: try reply.integer("requestsPerSecond"),
      contract: try reply.read("contract") { $0.string.flatMap(ContractRevision.init) },
      seed: try reply.integer("seed"), isRevoked: try reply.member("revoked")?.bool ?? false)
  }
}
