/// Reading what a ledger's database holds; for its writer and for `LedgerReader` alike.
struct Records {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  private static let accountColumns = """
    SELECT id, name, balance,
      (SELECT coalesce(max(entry.id), 0) FROM entry WHERE entry.organization = organization.id)
    FROM organization
    """

  /// A new handle for each organization, by its number.
  func accounts() throws(LedgerError) -> [Int64: Account] {
    var accounts: [Int64: Account] = [:]
    try database.statement(Self.accountColumns).forEachRow { (row) throws(LedgerError) in
      accounts[row.integer(at: 0)] = Account(
        id: row.integer(at: 0), name: row.text(at: 1) ?? "",
        balance: row.integer(at: 2), lastEntry: row.integer(at: 3))
    }
    return accounts
  }

  /// Balance and last entry of one organization as they are stored; `nil` if there is none.
  func account(_ id: Int64) throws(LedgerError) -> (balance: Int64, lastEntry: Int64)? {
    let statement = try database.statement(Self.accountColumns + " WHERE id = ?1")
    defer { statement.reset() }
    statement.bind(id, at: 1)
    guard try statement.step() else { return nil }
    return (statement.integer(at: 2), statement.integer(at: 3))
  }

  /// Every organization that has a handle in `accounts`, in the order of creation.
  func organizations(_ accounts: [Int64: Account]) throws(LedgerError) -> [Ledger.Organization] {
    let keys = Dictionary(grouping: try keys(), by: \.organization)
    var organizations: [Ledger.Organization] = []
    let statement = try database.statement(
      "SELECT id, plan, settings, created_at FROM organization ORDER BY id")
    try statement.forEachRow { (row) throws(LedgerError) in
      guard let account = accounts[row.integer(at: 0)] else { return }
      organizations.append(
        Ledger.Organization(
          account: account, plan: row.text(at: 1) ?? "", settings: row.text(at: 2) ?? "",
          createdAt: row.integer(at: 3), keys: keys[account.id] ?? []))
    }
    return organizations
  }

  /// The API keys of one organization, or of all, in the order in which they were added.
  func keys(of organization: Int64? = nil) throws(LedgerError) -> [Ledger.Key] {
    let columns = "SELECT text, organization, settings, revoked FROM api_key"
    let statement = try database.statement(
      organization == nil
        ? "\(columns) ORDER BY id" : "\(columns) WHERE organization = ?1 ORDER BY id")
    if let organization { statement.bind(organization, at: 1) }
    var keys: [Ledger.Key] = []
    try statement.forEachRow { (row) throws(LedgerError) in
      keys.append(
        Ledger.Key(
          text: row.text(at: 0) ?? "", organization: row.integer(at: 1),
          settings: row.text(at: 2), isRevoked: row.integer(at: 3) != 0))
    }
    return keys
  }

  /// The first `limit` entries after number `since`, and whether all entries add up.
  ///
  /// However many entries there are, only those that are new since the last page are summed up.
  func page(
    of account: Account, since: Int64, limit: Int
  ) throws(LedgerError) -> Ledger.Page {
    guard let stored = try self.account(account.id) else { throw .unknownAccount }
    try sumUp(account, through: stored.lastEntry)
    return Ledger.Page(
      balance: stored.balance,
      entries: try entries(of: account.id, since: since, limit: max(0, limit)),
      isConsistent: account.state.sum == stored.balance)
  }

  /// The newest `limit` entries, oldest first, and whether all entries add up.
  func page(of account: Account, latest limit: Int) throws(LedgerError) -> Ledger.Page {
    // Numbers have no gaps, so the newest ones can be found by counting back.
    let last = try self.account(account.id)?.lastEntry ?? 0
    return try page(of: account, since: max(0, last - Int64(max(0, limit))), limit: limit)
  }

  private func entries(
    of organization: Int64, since: Int64, limit: Int
  ) throws(LedgerError) -> [Ledger.Entry] {
    let statement = try database.statement(
      """
      SELECT id, at, kind, amount, balance, endpoint, request_id, task_id FROM entry
      WHERE organization = ?1 AND id > ?2 ORDER BY id LIMIT ?3
      """)
    statement.bind(organization, at: 1)
    statement.bind(since, at: 2)
    statement.bind(Int64(limit), at: 3)
    var entries: [Ledger.Entry] = []
    try statement.forEachRow { (row) throws(LedgerError) in
      entries.append(
        Ledger.Entry(
          id: row.integer(at: 0), at: row.integer(at: 1),
          kind: row.text(at: 2).flatMap(Ledger.Entry.Kind.init) ?? .adjustment,
          amount: row.integer(at: 3), balance: row.integer(at: 4),
          endpoint: row.text(at: 5), requestID: row.text(at: 6), taskID: row.text(at: 7)))
    }
    return entries
  }

  private func sumUp(_ account: Account, through last: Int64) throws(LedgerError) {
    let statement = try database.statement(
      "SELECT amount FROM entry WHERE organization = ?1 AND id > ?2 AND id <= ?3")
    statement.bind(account.id, at: 1)
    statement.bind(account.state.summedThrough, at: 2)
    statement.bind(last, at: 3)
    var sum = account.state.sum
    // Wrapping, because a tampered file must give an answer and not a crash.
    try statement.forEachRow { (row) throws(LedgerError) in sum &+= row.integer(at: 0) }
    account.state.sum = sum
    account.state.summedThrough = max(account.state.summedThrough, last)
  }
}
