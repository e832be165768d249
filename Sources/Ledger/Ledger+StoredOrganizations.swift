/// What a file had when it was opened, read bit by bit: a start needn't wait until all of a large
/// file's organizations are read. They are read by the connection that reads documents, so that
/// reading waits for no commit. What is read of an organization whose handle is in use already may
/// be out of date. In memory nothing is stored.
extension Ledger {
  /// How much there is to be read.
  public struct Inventory: Sendable {
    /// The highest number of an organization, ``Account/id``; 0 when there is none.
    public let lastOrganization: Int64
    /// How many keys there are.
    public let keys: Int
  }

  /// How much there is to be read.
  ///
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func inventory() throws(LedgerError) -> Inventory {
    try documentReader?.inventory() ?? Inventory(lastOrganization: 0, keys: 0)
  }

  /// Organizations with their keys, in the order of their numbers.
  ///
  /// - Parameters:
  ///   - range: Their numbers, ``Account/id``.
  ///   - most: The most organizations.
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func storedOrganizations(
    numbered range: ClosedRange<Int64>, most: Int
  ) throws(LedgerError) -> [Organization] {
    try documentReader?.organizations(numbered: range, most: most, unusedAccounts) ?? []
  }

  /// The number of the organization that has a key; nil when there is none.
  ///
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func numberOfOrganization(withKey text: String) throws(LedgerError) -> Int64? {
    try documentReader?.number("SELECT organization FROM api_key WHERE text = ?1", text)
  }

  /// The number of the organization of a name; nil when there is none.
  ///
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func numberOfOrganization(named name: String) throws(LedgerError) -> Int64? {
    try documentReader?.number("SELECT id FROM organization WHERE name = ?1", name)
  }

  /// All keys in the order in which they were added.
  ///
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func storedKeys() throws(LedgerError) -> [String] {
    guard let documentReader else { return [] }
    var (texts, last): ([String], Int64) = ([], 0)
    while true {
      let stretch = try documentReader.keys(after: last)
      texts += stretch.texts
      guard let end = stretch.last else { return texts }
      last = end
    }
  }

  /// When an organization was created, and when its last entry was written.
  public struct LastEntry: Sendable {
    /// Its number, ``Account/id``.
    public let organization: Int64
    /// Milliseconds since the Unix epoch, like ``at``.
    public let createdAt: Int64
    /// When its last entry was written.
    public let at: Int64
  }

  /// The last entries of the organizations that have some and were created up to a moment, in the
  /// order of their numbers.
  ///
  /// - Parameter moment: Milliseconds since the Unix epoch.
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func lastEntries(ofOrganizationsUpTo moment: Int64) throws(LedgerError) -> [LastEntry] {
    try documentReader?.lastEntries(ofOrganizationsUpTo: moment) ?? []
  }
}

extension DocumentReader {
  fileprivate func inventory() throws(LedgerError) -> Ledger.Inventory {
    try withDatabase { (database) throws(LedgerError) in
      Ledger.Inventory(
        lastOrganization: try database.integer("SELECT max(id) FROM organization"),
        keys: Int(try database.integer("SELECT count(*) FROM api_key")))
    }
  }

  fileprivate func organizations(
    numbered range: ClosedRange<Int64>, most: Int, _ unused: UnusedAccounts
  ) throws(LedgerError) -> [Ledger.Organization] {
    try withDatabase { (database) throws(LedgerError) in
      let records = Records(database)
      return try records.organizations(numbered: range, most: most) { (row) throws(LedgerError) in
        let partitions = try records.partitions(of: row.id)
        return unused.account(row.id) { Account(unread: row, in: partitions) }
      }
    }
  }

  fileprivate func number(_ query: String, _ text: String) throws(LedgerError) -> Int64? {
    try withDatabase { (database) throws(LedgerError) in
      let statement = try database.statement(query)
      defer { statement.reset() }
      statement.bind(text, at: 1)
      return try statement.step() ? statement.integer(at: 0) : nil
    }
  }

  /// Some keys after a place in the order in which they were added.
  ///
  /// - Returns: The keys, and the place of the last one; nil when there are none.
  fileprivate func keys(after place: Int64) throws(LedgerError) -> (texts: [String], last: Int64?) {
    try withDatabase { (database) throws(LedgerError) in
      let statement = try database.statement(
        "SELECT id, text FROM api_key WHERE id > ?1 ORDER BY id LIMIT ?2")
      statement.bind(place, at: 1)
      statement.bind(Int64(Self.stretch), at: 2)
      var (texts, last): ([String], Int64?) = ([], nil)
      try statement.forEachRow { (row) throws(LedgerError) in
        last = row.integer(at: 0)
        texts.append(row.text(at: 1) ?? "")
      }
      return (texts, last)
    }
  }

  fileprivate func lastEntries(
    ofOrganizationsUpTo moment: Int64
  ) throws(LedgerError) -> [Ledger.LastEntry] {
    try withDatabase { (database) throws(LedgerError) in
      try Records(database).lastEntries(ofOrganizationsUpTo: moment)
    }
  }
}
