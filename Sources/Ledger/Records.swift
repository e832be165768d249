/// Reads a ledger's database, for its writer and for `LedgerReader` alike.
struct Records {
  let database: Database

  init(_ database: Database) {
    self.database = database
  }

  private static let accountColumns = """
    SELECT id, name, balance, \(lastEntry),
      coalesce((SELECT min(key) FROM entry WHERE \(ofOrganization)) & \(EntryKey.lastNumber), 1)
    FROM organization
    """

  private static let lastEntry = """
    coalesce((SELECT max(key) FROM entry WHERE \(ofOrganization)) & \(EntryKey.lastNumber), 0)
    """

  /// A range between the organization's first and last key, so that SQLite finds the entries at its
  /// ends directly.
  private static let ofOrganization = """
    key > organization.id << \(EntryKey.numberBits)
      AND key <= (organization.id << \(EntryKey.numberBits) | \(EntryKey.lastNumber))
    """

  /// A new handle for each organization, by the organization's number.
  func accounts() throws(LedgerError) -> [Int64: Account] {
    var accounts: [Int64: Account] = [:]
    try database.statement(Self.accountColumns).forEachRow { (row) throws(LedgerError) in
      accounts[row.integer(at: 0)] = Account(
        id: row.integer(at: 0), name: row.text(at: 1) ?? "",
        balance: row.integer(at: 2), lastEntry: row.integer(at: 3), oldestEntry: row.integer(at: 4))
    }
    return accounts
  }

  /// Balance, last and first entry of one organization as they are stored; `nil` if there is none.
  func account(
    _ id: Int64
  ) throws(LedgerError) -> (balance: Int64, lastEntry: Int64, oldestEntry: Int64)? {
    let statement = try database.statement(Self.accountColumns + " WHERE id = ?1")
    defer { statement.reset() }
    statement.bind(id, at: 1)
    guard try statement.step() else { return nil }
    return (statement.integer(at: 2), statement.integer(at: 3), statement.integer(at: 4))
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

  /// Organizations with their keys, in the order of their numbers.
  ///
  /// - Parameters:
  ///   - range: Their numbers; by default all.
  ///   - most: The most of them; by default all.
  ///   - account: Is given number, name and balance; nil leaves an organization out.
  func organizations(
    numbered range: ClosedRange<Int64> = 0 ... .max, most: Int = .max,
    _ account: (_ id: Int64, _ name: String, _ balance: Int64) -> Account?
  ) throws(LedgerError) -> [Ledger.Organization] {
    let keys = Dictionary(grouping: try keys(numbered: range, most: most), by: \.organization)
    var organizations: [Ledger.Organization] = []
    let statement = try database.statement(
      """
      SELECT id, name, balance, plan, settings, created_at, \(Self.lastEntry) FROM organization
      WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3
      """)
    statement.bind(range.lowerBound, at: 1)
    statement.bind(range.upperBound, at: 2)
    statement.bind(Int64(most), at: 3)
    try statement.forEachRow { (row) throws(LedgerError) in
      let id = row.integer(at: 0)
      guard let account = account(id, row.text(at: 1) ?? "", row.integer(at: 2)) else { return }
      organizations.append(
        Ledger.Organization(
          account: account, plan: row.text(at: 3) ?? "", settings: row.text(at: 4) ?? "",
          createdAt: row.integer(at: 5), lastEntry: row.integer(at: 6), keys: keys[id] ?? []))
    }
    return organizations
  }

  /// See ``Ledger/lastEntries(ofOrganizationsUpTo:)``.
  func lastEntries(
    ofOrganizationsUpTo moment: Int64
  ) throws(LedgerError) -> [Ledger.LastEntry] {
    let statement = try database.statement(
      """
      SELECT organization.id, created_at, at FROM organization
      JOIN entry ON key = (SELECT max(key) FROM entry WHERE \(Self.ofOrganization))
      WHERE created_at <= ?1 ORDER BY organization.id
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
