/// Reads a ledger's database, for its writer and for `LedgerReader` alike.
struct Records {
  let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// The columns of an account: balance, number of the last entry, number of the first one.
  ///
  /// - Parameter partition: Where its entries lie, in SQL. They are a range between the partition's
  ///   first and last key, so that SQLite finds the entries at its ends directly.
  private static func accountColumns(partition: String) -> String {
    let entries = """
      entry WHERE key > \(partition) << \(EntryKey.numberBits)
        AND key <= (\(partition) << \(EntryKey.numberBits) | \(EntryKey.lastNumber))
      """
    return """
      balance,
      coalesce((SELECT max(key) FROM \(entries)) & \(EntryKey.lastNumber), 0),
      coalesce((SELECT min(key) FROM \(entries)) & \(EntryKey.lastNumber), 1)
      """
  }

  /// A new handle for each organization, by the organization's number.
  func accounts() throws(LedgerError) -> [Int64: Account] {
    var accounts: [Int64: Account] = [:]
    let columns = Self.accountColumns(partition: "coalesce(entries, organization.id)")
    let statement = try database.statement(
      """
      SELECT \(columns), id, name, coalesce(entries, id), coalesce(documents, id)
      FROM \(Schema.organizations)
      """)
    try statement.forEachRow { (row) throws(LedgerError) in
      let id = row.integer(at: 3)
      accounts[id] = Account(
        id: id, name: row.text(at: 4) ?? "", balance: row.integer(at: 0),
        lastEntry: row.integer(at: 1), oldestEntry: row.integer(at: 2),
        partitions: Partitions(entries: row.integer(at: 5), documents: row.integer(at: 6)))
    }
    return accounts
  }

  /// Balance, last and first entry of one organization as they are stored; `nil` if there is none.
  ///
  /// - Parameter partitions: Where its entries lie.
  func account(
    _ id: Int64, in partitions: Partitions
  ) throws(LedgerError) -> (balance: Int64, lastEntry: Int64, oldestEntry: Int64)? {
    let statement = try database.statement(
      "SELECT \(Self.accountColumns(partition: "?2")) FROM organization WHERE id = ?1")
    defer { statement.reset() }
    statement.bind(id, at: 1)
    statement.bind(partitions.entries, at: 2)
    guard try statement.step() else { return nil }
    return (statement.integer(at: 0), statement.integer(at: 1), statement.integer(at: 2))
  }

  /// Where an organization's entries and documents lie.
  func partitions(of id: Int64) throws(LedgerError) -> Partitions {
    let statement = try database.statement(
      "SELECT entries, documents FROM organization_partition WHERE organization = ?1")
    defer { statement.reset() }
    statement.bind(id, at: 1)
    guard try statement.step() else { return Partitions(ofOrganization: id) }
    return Partitions(entries: statement.integer(at: 0), documents: statement.integer(at: 1))
  }

  /// The number of the organization of that name; `nil` if there is none.
  func number(ofOrganization name: String) throws(LedgerError) -> Int64? {
    let statement = try database.statement("SELECT id FROM organization WHERE name = ?1")
    defer { statement.reset() }
    statement.bind(name, at: 1)
    return try statement.step() ? statement.integer(at: 0) : nil
  }

  /// One organization with its keys; `nil` if there is none.
  func organization(_ account: Account) throws(LedgerError) -> Ledger.Organization? {
    let statement = try database.statement(
      "SELECT plan, settings, created_at FROM organization WHERE id = ?1")
    defer { statement.reset() }
    statement.bind(account.id, at: 1)
    guard try statement.step() else { return nil }
    return Ledger.Organization(
      account: account, plan: statement.text(at: 0) ?? "", settings: statement.text(at: 1) ?? "",
      createdAt: statement.integer(at: 2), lastEntry: account.state.lastEntry,
      keys: try keys(of: account.id))
  }

  /// What is stored of an account, but for its entries.
  struct AccountRow {
    let id: Int64
    let name: String
    let balance: Int64
    let partitions: Partitions
  }

  /// The key of an organization's last entry, in SQL.
  private static let lastKey = """
    (SELECT max(key) FROM entry
      WHERE key > coalesce(entries, organization.id) << \(EntryKey.numberBits)
        AND key <= (coalesce(entries, organization.id) << \(EntryKey.numberBits)
          | \(EntryKey.lastNumber)))
    """

  /// Organizations with their keys, in the order of their numbers.
  ///
  /// - Parameters:
  ///   - range: Their numbers; by default all.
  ///   - most: The most of them; by default all.
  ///   - lastEntry: The number of an account's last entry; nil, the default, looks for it.
  ///   - account: The handle of an organization; nil leaves it out.
  func organizations(
    numbered range: ClosedRange<Int64> = 0 ... .max, most: Int = .max,
    lastEntry: (Account) -> Int64? = { _ in nil }, _ account: (AccountRow) -> Account?
  ) throws(LedgerError) -> [Ledger.Organization] {
    let keys = Dictionary(grouping: try keys(numbered: range, most: most), by: \.organization)
    var organizations: [Ledger.Organization] = []
    let statement = try database.statement(
      """
      SELECT id, name, balance, plan, settings, created_at,
        coalesce(entries, id), coalesce(documents, id)
      FROM \(Schema.organizations) WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3
      """)
    statement.bind(range.lowerBound, at: 1)
    statement.bind(range.upperBound, at: 2)
    statement.bind(Int64(most), at: 3)
    try statement.forEachRow { (row) throws(LedgerError) in
      let id = row.integer(at: 0)
      let stored = AccountRow(
        id: id, name: row.text(at: 1) ?? "", balance: row.integer(at: 2),
        partitions: Partitions(entries: row.integer(at: 6), documents: row.integer(at: 7)))
      guard let account = account(stored) else { return }
      var last = lastEntry(account)
      if last == nil { last = try self.lastEntry(of: id) }
      organizations.append(
        Ledger.Organization(
          account: account, plan: row.text(at: 3) ?? "", settings: row.text(at: 4) ?? "",
          createdAt: row.integer(at: 5),
          lastEntry: last ?? 0, keys: keys[id] ?? []))
    }
    return organizations
  }

  /// The number of an organization's last entry; 0 when it has none.
  private func lastEntry(of id: Int64) throws(LedgerError) -> Int64 {
    let statement = try database.statement(
      """
      SELECT coalesce(\(Self.lastKey) & \(EntryKey.lastNumber), 0)
      FROM \(Schema.organizations) WHERE id = ?1
      """)
    defer { statement.reset() }
    statement.bind(id, at: 1)
    return try statement.step() ? statement.integer(at: 0) : 0
  }

  /// Looks at either end of the entries, which a damaged file may not have.
  func requireEntries() throws(LedgerError) {
    _ = try database.integer("SELECT max(key) FROM entry")
    _ = try database.integer("SELECT min(key) FROM entry")
  }

  /// See ``Ledger/lastEntries(ofOrganizationsUpTo:)``.
  func lastEntries(
    ofOrganizationsUpTo moment: Int64
  ) throws(LedgerError) -> [Ledger.LastEntry] {
    let statement = try database.statement(
      """
      SELECT id, created_at, (SELECT at FROM entry WHERE key = \(Self.lastKey)) AS last_at
      FROM \(Schema.organizations) WHERE created_at <= ?1 AND last_at IS NOT NULL ORDER BY id
      """)
    statement.bind(moment, at: 1)
    var entries: [Ledger.LastEntry] = []
    try statement.forEachRow { (row) throws(LedgerError) in
      entries.append(
        Ledger.LastEntry(
          organization: row.integer(at: 0), createdAt: row.integer(at: 1), at: row.integer(at: 2)))
    }
    return entries
  }

  /// The kinds of documents that there are, found without reading each document.
  func documentKinds() throws(LedgerError) -> Set<Int64> {
    let next = try database.statement("SELECT min(kind) FROM document WHERE kind > ?1")
    var kinds: Set<Int64> = []
    var last = Int64.min
    // Without a further kind the minimum is NULL, which has no text.
    while true {
      defer { next.reset() }
      next.bind(last, at: 1)
      guard try next.step(), next.text(at: 0) != nil else { return kinds }
      last = next.integer(at: 0)
      kinds.insert(last)
    }
  }

  /// The numbers of the partitions that organizations have instead of their own numbers.
  func givenPartitions() throws(LedgerError) -> Set<Int64> {
    var partitions: Set<Int64> = []
    let statement = try database.statement(
      """
      SELECT entries FROM organization_partition
      UNION SELECT documents FROM organization_partition
      """)
    try statement.forEachRow { row in partitions.insert(row.integer(at: 0)) }
    return partitions
  }

  /// The numbers of the partitions that are dropped and not yet empty.
  func droppedPartitions() throws(LedgerError) -> Set<Int64> {
    var partitions: Set<Int64> = []
    let statement = try database.statement(
      "SELECT partition FROM dropped_entries UNION SELECT partition FROM dropped_documents")
    try statement.forEachRow { row in partitions.insert(row.integer(at: 0)) }
    return partitions
  }

  private static let keyColumns = "SELECT text, organization, settings, revoked FROM api_key"

  /// The API keys of one organization, or of all, in the order in which they were added.
  func keys(of organization: Int64? = nil) throws(LedgerError) -> [Ledger.Key] {
    let statement = try database.statement(
      organization == nil
        ? "\(Self.keyColumns) ORDER BY id"
        : "\(Self.keyColumns) WHERE organization = ?1 ORDER BY id")
    if let organization { statement.bind(organization, at: 1) }
    return try keys(statement)
  }

  /// The API keys of organizations, those of each in the order in which they were added.
  ///
  /// - Parameters:
  ///   - range: The organizations' numbers.
  ///   - most: The most organizations.
  private func keys(
    numbered range: ClosedRange<Int64>, most: Int
  ) throws(LedgerError) -> [Ledger.Key] {
    // In the order of the index, for otherwise SQLite reads the keys of all organizations.
    let statement = try database.statement(
      """
      \(Self.keyColumns)
      WHERE organization BETWEEN ?1 AND coalesce(
        (SELECT id FROM organization WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1 OFFSET ?3), ?2)
      ORDER BY organization, id
      """)
    statement.bind(range.lowerBound, at: 1)
    statement.bind(range.upperBound, at: 2)
    statement.bind(Int64(most), at: 3)
    return try keys(statement)
  }

  private func keys(_ statement: Statement) throws(LedgerError) -> [Ledger.Key] {
    var keys: [Ledger.Key] = []
    try statement.forEachRow { (row) throws(LedgerError) in
      keys.append(
        Ledger.Key(
          text: row.text(at: 0) ?? "", organization: row.integer(at: 1),
          settings: row.text(at: 2), isRevoked: row.integer(at: 3) != 0))
    }
    return keys
  }
}
