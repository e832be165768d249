/// A ledger file opened only to be read, for the command line; it is neither created nor changed.
///
/// Everything is read from one snapshot, the state at the time of opening. A running double goes on
/// charging meanwhile, but one that *starts* on the file waits until the reader is released, so
/// release it soon. Not for use by two threads at once.
public final class LedgerReader {
  private let database: Database
  private let records: Records
  private var accounts: [Int64: Account] = [:]

  /// Opens an existing ledger.
  ///
  /// - Parameters:
  ///   - path: The file, absolute or relative to the working directory.
  ///   - busyTimeoutMilliseconds: How long a passing lock is waited for, 0 or more. The default is
  ///     2,000.
  /// - Throws: ``LedgerError/notALedger(path:)``,
  ///   ``LedgerError/newerVersion(path:found:supported:)``,
  ///   ``LedgerError/olderVersion(path:found:supported:)``,
  ///   ``LedgerError/cannotOpen(path:reason:)`` (also for a file that doesn't exist),
  ///   ``LedgerError/inUse(path:)`` or ``LedgerError/database(_:message:)``.
  public init(path: String, busyTimeoutMilliseconds: Int32 = 2_000) throws(LedgerError) {
    database = try LedgerFile.openForReading(
      path, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
    records = Records(database)
    // The first read takes the snapshot, not `BEGIN`. It doesn't read entries, so that a damaged
    // file still opens and `verify()` can report the damage.
    try database.execute("BEGIN; SELECT count(*) FROM sqlite_schema")
  }

  /// Every organization with its account and keys, in the order of creation.
  ///
  /// - Throws: ``LedgerError/database(_:message:)``.
  public func organizations() throws(LedgerError) -> [Ledger.Organization] {
    if accounts.isEmpty { accounts = try records.accounts() }
    return try records.organizations(
      lastEntry: { $0.state.lastEntry }, { accounts[$0.id] })
  }

  /// A page of an account's entries: see ``Ledger/page(of:since:limit:)``.
  ///
  /// - Parameters:
  ///   - account: One that ``organizations()`` has returned.
  ///   - since: The number of the last entry already seen. The default is 0, the beginning.
  ///   - limit: Most entries to return, 0 or more. The default is 100.
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/database(_:message:)``.
  public func page(
    of account: Account, since: Int64 = 0, limit: Int = 100
  ) throws(LedgerError) -> Ledger.Page {
    guard accounts[account.id] === account else { throw .unknownAccount }
    return try records.page(of: account, since: since, limit: limit)
  }

  /// Checks the whole ledger, reading every entry.
  ///
  /// - Returns: What is wrong; nothing when all is well.
  /// - Throws: ``LedgerError/database(_:message:)``.
  public func verify() throws(LedgerError) -> [Ledger.Discrepancy] {
    try Verification.run(on: database)
  }
}
