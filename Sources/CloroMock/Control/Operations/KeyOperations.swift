import JSON

/// Keys and their organizations' settings.
struct KeyOperations: Sendable {
  let organizations: OrganizationDirectory

  /// A key by its text.
  func find(_ text: String) throws(ControlError) -> APIKey {
    guard let key = organizations.key(text) else { throw .notFound("There is no such key.") }
    return key
  }

  /// The key that narrows a call; nil when the call names none.
  func narrowed(to text: String?) throws(ControlError) -> APIKey? {
    guard let text else { return nil }
    return try find(text)
  }

  /// The keys of a key's organization, or all, in the order in which they were added.
  func list(of key: APIKey?) -> [APIKey] {
    guard let key else { return organizations.keys }
    return organizations.keys(of: key.organization)
  }

  /// Mints a key, of a new organization unless the order names one that exists.
  func mint(_ order: KeyOrder) throws(ControlError) -> APIKey {
    let plans = organizations.plans
    try ControlError.check { order.check(at: $0, plans: plans) }
    return try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      try organizations.mint(order)
    }
  }

  /// Changes a key's organization, or the key itself, from the next request on.
  func change(_ text: String, _ change: KeyChange) throws(ControlError) -> APIKey {
    let plans = organizations.plans
    try ControlError.check { change.check(at: $0, plans: plans) }
    return try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      try organizations.change(text, change)
    }
  }

  /// Removes a key. An organization is removed with its last key.
  ///
  /// - Returns: The key as it was, and the balance that its organization had.
  func remove(_ text: String) throws(ControlError) -> (key: APIKey, balance: Int64) {
    try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      try organizations.remove(text)
    }
  }
}
