import JSON

/// The double's state as a whole: back to the fixtures, kept under a name, and back to what was kept.
struct StateOperations: Sendable {
  private let organizations: OrganizationDirectory
  private let rules: RuleSet
  private let journal: JournalOperations
  private let snapshots: SnapshotStore

  init(_ parts: SharedParts, journal: JournalOperations) {
    organizations = parts.organizations
    rules = parts.rules
    self.journal = journal
    snapshots = SnapshotStore(
      organizations: parts.organizations, tasks: parts.tasks, webhooks: parts.webhooks,
      rules: parts.rules)
  }

  /// Goes back to the loaded fixtures, never to nothing.
  ///
  /// - Parameter key: Takes only this key's organization back to its beginning; nil takes all.
  func reset(_ key: APIKey?) throws(ControlError) {
    journal.clear(of: key)
    if key == nil { rules.removeAll() }
    try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      if let key {
        try organizations.reset(key.organization)
      } else {
        try organizations.reset()
      }
    }
  }

  /// Keeps the state under a name, in place of an earlier one of that name.
  ///
  /// - Parameter key: Keeps only this key's organization; nil keeps all.
  func save(_ name: String, of key: APIKey?) throws(ControlError) -> NamedSnapshot {
    try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      try snapshots.take(name, of: key?.organization)
    }
  }

  /// Forgets a snapshot.
  func remove(_ name: String) throws(ControlError) {
    _ = try snapshot(name)
    snapshots.remove(name)
  }

  /// Goes back to a snapshot.
  ///
  /// - Parameter key: Takes only the organization back that this key has in the snapshot, for the key
  ///   may be gone by now; nil takes all.
  /// - Returns: The snapshot, with the one organization's name.
  func restore(
    _ name: String, of key: String?
  ) throws(ControlError) -> (snapshot: NamedSnapshot, only: String?) {
    let snapshot = try snapshot(name)
    let only = try key.map { key throws(ControlError) in try owner(of: key, in: snapshot) }
    try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      try snapshots.restore(snapshot, only: only)
    }
    return (snapshot, only)
  }

  private func snapshot(_ name: String) throws(ControlError) -> NamedSnapshot {
    guard let snapshot = snapshots[name] else {
      throw .notFound(
        "There is no snapshot \"\(name)\"\(ObjectReader.hint(name, snapshots.names))")
    }
    return snapshot
  }

  private func owner(of key: String, in snapshot: NamedSnapshot) throws(ControlError) -> String {
    let owner = snapshot.organizations.first { $0.keys.contains { $0.text == key } }
    guard let owner else { throw .notFound("The snapshot has no such key.") }
    return owner.name
  }
}
