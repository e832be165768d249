import JSON

/// A request for a new key.
struct KeyOrder: Sendable {
  /// What the key's organization has beyond its plan.
  var settings = KeySettings()
  /// The key's text; nil generates one.
  var key: String?
  /// The organization's name: one that exists is joined, and its settings stay; another one is
  /// created. nil creates one with a name that nobody has.
  var organization: String?

  /// The members that an order may have, as the control API names them.
  static let members: [ObjectMember<KeyOrder>] =
    KeySettings.members.map { $0.within(\.settings) } + own

  private static let own: [ObjectMember<KeyOrder>] = [
    .value(
      "key", \.key, expected: APIKeyFormat.expected, from: { $0.string }, json: { .string($0) },
      where: APIKeyFormat.isValid),
    .value(
      "organization", \.organization, expected: OrganizationName.expected, from: { $0.string },
      json: { .string($0) }, where: OrganizationName.isValid),
  ]

  init(settings: KeySettings, key: String? = nil, organization: String? = nil) {
    self.settings = settings
    self.key = key
    self.organization = organization
  }

  /// Reads an order; problems are noted.
  init(_ reader: inout ObjectReader, plans: PlanCatalogue) {
    settings = KeySettings(&reader, plans: plans)
    Self.own.read(&reader, into: &self)
  }

  /// Notes what is wrong with an order that was made in this process.
  func check(at place: ObjectPlace, plans: PlanCatalogue) {
    let usable = settings.check(at: place, plans: plans)
    Self.own.check(self, at: place, into: KeyOrder(settings: usable))
  }
}

/// A change of a key's organization, or of the key itself. A nil property changes nothing.
struct KeyChange: Sendable {
  /// What the organization has beyond its plan; `credits` also sets the balance.
  var settings = KeySettings()
  /// What is added to the balance; a negative number is subtracted.
  var addCredits: Int?
  /// Whether the key is revoked.
  var isRevoked: Bool?

  /// The members that a change may have, as the control API names them.
  static let members: [ObjectMember<KeyChange>] =
    KeySettings.members.map { $0.within(\.settings) } + own

  private static let own: [ObjectMember<KeyChange>] = [
    .integer(
      "addCredits", \.addCredits, in: -Plan.creditRange.upperBound...Plan.creditRange.upperBound),
    .flag("revoked", \.isRevoked),
  ]

  init(settings: KeySettings, addCredits: Int? = nil, isRevoked: Bool? = nil) {
    self.settings = settings
    self.addCredits = addCredits
    self.isRevoked = isRevoked
  }

  /// Reads a change; problems are noted.
  init(_ reader: inout ObjectReader, plans: PlanCatalogue) {
    settings = KeySettings(&reader, plans: plans)
    Self.own.read(&reader, into: &self)
  }

  /// Notes what is wrong with a change that was made in this process.
  func check(at place: ObjectPlace, plans: PlanCatalogue) {
    let usable = settings.check(at: place, plans: plans)
    Self.own.check(self, at: place, into: KeyChange(settings: usable))
  }
}
