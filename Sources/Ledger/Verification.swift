/// The full check of a ledger's database, entry by entry.
enum Verification {
  /// Checks everything that `database` holds.
  static func run(on database: Database) throws(LedgerError) -> [Ledger.Discrepancy] {
    let damages = try damages(in: database)
    // Entries read from a damaged file mean nothing.
    guard damages.isEmpty else { return damages }

    var discrepancies: [Ledger.Discrepancy] = []
    let organizations = try database.statement(
      """
      SELECT id, name, balance, coalesce(entries, id) FROM \(Schema.organizations) ORDER BY id
      """)
    try organizations.forEachRow { (row) throws(LedgerError) in
      discrepancies += try check(
        row.integer(at: 3), name: row.text(at: 1) ?? "", balance: row.integer(at: 2),
        in: database)
    }
    return discrepancies + (try strays(in: database))
  }

  private static func damages(in database: Database) throws(LedgerError) -> [Ledger.Discrepancy] {
    var damages: [Ledger.Discrepancy] = []
    do throws(LedgerError) {
      try database.statement("PRAGMA integrity_check").forEachRow { (row) throws(LedgerError) in
        let message = row.text(at: 0) ?? ""
        if message != "ok" { damages.append(.damaged(message: message)) }
      }
    } catch .database(.corrupt, let message) {
      // If the damage is bad enough, even the check for damage fails.
      damages.append(.damaged(message: message))
    }
    return damages
  }

  private static func check(
    _ partition: Int64, name: String, balance storedBalance: Int64, in database: Database
  ) throws(LedgerError) -> [Ledger.Discrepancy] {
    var discrepancies: [Ledger.Discrepancy] = []
    var lastEntry: Int64 = 0
    var runningBalance: Int64 = 0
    var sum: Int64 = 0
    let entries = try database.statement(
      """
      SELECT id, amount, balance, \(Schema.isFolded) FROM entry
      WHERE key BETWEEN ?1 AND ?2 ORDER BY key
      """)
    entries.bind(EntryKey.of(partition, 0), at: 1)
    entries.bind(EntryKey.of(partition, .max), at: 2)
    // Additions wrap around, because a tampered file must lead to an answer and not to a crash.
    try entries.forEachRow { (row) throws(LedgerError) in
      let (id, amount, balance) = (row.integer(at: 0), row.integer(at: 1), row.integer(at: 2))
      let standsForEarlier = lastEntry == 0 && row.integer(at: 3) != 0
      if id != lastEntry &+ 1 && !standsForEarlier {
        discrepancies.append(.gap(organization: name, expected: lastEntry &+ 1, found: id))
      }
      if balance != runningBalance &+ amount {
        discrepancies.append(
          .brokenChain(
            organization: name, entry: id, expected: runningBalance &+ amount, found: balance))
      }
      // The check continues from the value that was found, so that each break is reported once.
      lastEntry = id
      runningBalance = balance
      sum &+= amount
    }
    if sum != storedBalance {
      discrepancies.append(.wrongSum(organization: name, sum: sum, balance: storedBalance))
    }
    return discrepancies
  }

  private static func strays(in database: Database) throws(LedgerError) -> [Ledger.Discrepancy] {
    var strays: [Ledger.Discrepancy] = []
    let statement = try database.statement(
      """
      SELECT organization, count(*) FROM entry
      WHERE organization NOT IN (
        SELECT coalesce(entries, id) FROM \(Schema.organizations)
        UNION SELECT partition FROM dropped_entries)
      GROUP BY organization
      """)
    try statement.forEachRow { (row) throws(LedgerError) in
      strays.append(
        .strayEntries(organization: row.integer(at: 0), entries: row.integer(at: 1)))
    }
    let documents = try database.statement(
      """
      SELECT organization, count(*) FROM document
      WHERE organization <> 0 AND organization NOT IN (
        SELECT coalesce(documents, id) FROM \(Schema.organizations)
        UNION SELECT partition FROM dropped_documents)
      GROUP BY organization
      """)
    try documents.forEachRow { (row) throws(LedgerError) in
      strays.append(
        .strayDocuments(organization: row.integer(at: 0), documents: row.integer(at: 1)))
    }
    return strays
  }
}
