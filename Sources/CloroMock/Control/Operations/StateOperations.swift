import JSON
import Ledger

/// Operations on the double's whole state: reset to the fixtures, snapshot, and restore.
struct StateOperations: Sendable {
  private let organizations: OrganizationDirectory
  private let rules: RuleSet
  private let journal: JournalOperations
  private let requests: RequestOperations
  private let snapshots: SnapshotStore

  init(_ parts: SharedParts, journal: JournalOperations, requests: RequestOperations) {
    organizations = parts.organizations
    rules = parts.rules
    self.journal = journal
    self.requests = requests
    snapshots = SnapshotStore(
      organizations: parts.organizations, tasks: parts.tasks, webhooks: parts.webhooks,
      rules: parts.rules, kept: parts.kept)
  }

  /// Goes back to the loaded fixtures, never to nothing.
  ///
  /// - Parameter key: Resets only this key's organization; nil resets everything.
  func reset(_ key: APIKey?) throws(ControlError) {
    // Nothing is lost when the ledger refuses.
    let clear = {
      // Without numbers nothing of it can be refused.
      _ = try? journal.clear(JournalOperations.Selection(key: key))
    }
    try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      if let key {
        try organizations.reset(key.organization, committed: clear)
      } else {
        try organizations.reset(rules: rules, committed: clear)
      }
    }
    // Nobody will ask for those that were held: they end like all that ran meanwhile.
    requests.releaseAll(of: key?.organization)
  }

  /// Stores a snapshot of the state under a name, and replaces an earlier one of that name.
  ///
  /// - Parameter key: Stores only this key's organization; nil stores everything.
  func save(_ name: String, of key: APIKey?) throws(ControlError) -> NamedSnapshot {
    try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      try snapshots.take(name, of: key?.organization)
    }
  }

  /// The snapshots with their names, sorted by these.
  ///
  /// - Parameter key: Narrows to those that hold this key's organization; nil lists all.
  func saved(of key: APIKey?) -> [(name: String, snapshot: NamedSnapshot)] {
    guard let name = key?.organization.name else { return snapshots.all }
    return snapshots.all.filter { each in
      each.snapshot.organizations.contains { $0.name.hasSameBytes(as: name) }
    }
  }

  /// Drops a snapshot.
  func remove(_ name: String) throws(ControlError) {
    _ = try snapshot(name)
    snapshots.remove(name)
  }

  /// Restores a snapshot.
  ///
  /// - Parameter key: Restores only the organization that has this key in the snapshot, because the
  ///   key itself may be gone by now; nil restores everything.
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

  /// A snapshot as a document.
  ///
  /// - Parameter key: Narrows it to the organization that has this key in the snapshot; nil gives
  ///   all.
  func document(_ name: String, of key: String?) throws(ControlError) -> JSON {
    let snapshot = try snapshot(name)
    let only = try key.map { key throws(ControlError) in try owner(of: key, in: snapshot) }
    return try ControlError.reading { () throws(LedgerError) in
      try snapshot.document(only: only)
    }
  }

  /// Stores a document as a snapshot, and replaces an earlier one of that name.
  func upload(_ name: String, _ json: JSON) throws(ControlError) -> NamedSnapshot {
    let snapshot: NamedSnapshot
    do throws(SnapshotDocument.Invalid) {
      snapshot = try snapshots.read(SnapshotDocument(json))
    } catch {
      throw .invalid(error.problems)
    }
    try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
      try snapshots.store(snapshot, as: name)
    }
    return snapshot
  }

  /// Reads a document and goes on where it was written.
  func start(
    from document: SnapshotDocument
  ) throws(SnapshotDocument.Invalid) -> Result<Void, ControlError> {
    let snapshot = try snapshots.read(document)
    return Result { () throws(ControlError) in
      try ControlError.translating { () throws(OrganizationDirectory.Refusal) in
        try snapshots.restore(snapshot, only: nil)
      }
    }
  }

  private func snapshot(_ name: String) throws(ControlError) -> NamedSnapshot {
    guard let snapshot = snapshots[name] else {
      let hint = ObjectReader.hint(name, snapshots.names)
      throw .notFound("There is no snapshot \"\(ShownText.value(name))\"\(hint)")
    }
    return snapshot
  }

  private func owner(of key: String, in snapshot: NamedSnapshot) throws(ControlError) -> String {
    let owner = snapshot.organizations.first { $0.keys.contains { $0.text.hasSameBytes(as: key) } }
    guard let owner else { throw .notFound("The snapshot has no such key.") }
    return owner.name
  }
}
