/// The rules by which a file is opened as a ledger, or refused.
///
/// **One writer.** A running ledger holds the RESERVED lock of its file. In WAL mode SQLite itself
/// never uses that lock (readers and writers meet in the `-shm` file instead), so it is free to
/// mean "a double has this file": a second one is refused at once, yet anyone may go on reading,
/// `cloro-mock ledger` included. The kernel drops the lock with the process, so a `kill -9` leaves
/// nothing to clean up. `locking_mode = EXCLUSIVE` would shut out readers too, and a row or file
/// that marks the owner would outlive it.
///
/// **WAL only while running.** Closing turns the file back to rollback mode: a ledger at rest is
/// one file that can be copied alone and read from a read-only disk without SQLite putting
/// `-wal` and `-shm` beside it. After a `kill -9` these stay and the next opening, also one for
/// reading, recovers what was committed.
enum LedgerFile {
  /// Opens or creates the ledger for its one writer.
  ///
  /// - Throws: ``LedgerError/notALedger(path:)``,
  ///   ``LedgerError/newerVersion(path:found:supported:)``,
  ///   ``LedgerError/cannotOpen(path:reason:)`` or ``LedgerError/inUse(path:)``.
  static func openForWriting(
    _ path: String, busyTimeoutMilliseconds: Int32
  ) throws(LedgerError) -> Database {
    let database = try Database(path: path, access: .readWrite)
    database.setBusyTimeout(milliseconds: busyTimeoutMilliseconds)
    try explained(path) { () throws(LedgerError) in
      if try isBlank(database) { try create(in: database) }
      _ = try version(of: database, path: path)
      try database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
      // The larger the WAL may grow, the fewer the pauses in which it is copied back. These are
      // eight times SQLite's default number of pages: 16 MiB.
      try database.execute("PRAGMA wal_autocheckpoint = 8000; PRAGMA foreign_keys = ON")
      // A first read makes the connection enter WAL mode, below which the lock would have
      // another meaning.
      _ = try version(of: database, path: path)
      switch database.lockReserved() {
      case ResultCode(rawValue: 0): break
      case let code: throw .database(code, message: "the file can't be locked")
      }
      if try version(of: database, path: path) < Schema.version { try migrate(database) }
    }
    return database
  }

  /// Opens an existing ledger for reading, beside a running writer or without one.
  ///
  /// - Throws: as ``openForWriting(_:busyTimeoutMilliseconds:)``.
  static func openForReading(
    _ path: String, busyTimeoutMilliseconds: Int32
  ) throws(LedgerError) -> Database {
    let database = try Database(path: path, access: .readOnly)
    database.setBusyTimeout(milliseconds: busyTimeoutMilliseconds)
    try explained(path) { () throws(LedgerError) in
      let version = try version(of: database, path: path)
      guard version == Schema.version else {
        throw .olderVersion(path: path, found: version, supported: Schema.version)
      }
    }
    return database
  }

  /// Ends a writer: what is in the WAL goes into the file, and the file is a lone one again.
  ///
  /// Nothing is lost if this fails, because of a reader for example: the next opening finds the
  /// WAL and goes on from there.
  static func closeAfterWriting(_ database: Database) {
    database.setBusyTimeout(milliseconds: 0)
    try? database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    try? database.execute("PRAGMA journal_mode = DELETE")
    database.close()
  }

  /// A file without a byte in it, be it new or found. (SQLite takes a single byte for none.)
  private static func isBlank(_ database: Database) throws(LedgerError) -> Bool {
    try database.integer("PRAGMA page_count") == 0
  }

  /// Turns a blank file into a ledger in one transaction, so that none is ever seen half made.
  private static func create(in database: Database) throws(LedgerError) {
    try database.execute(Schema.beforeCreation)
    try database.execute("BEGIN IMMEDIATE")
    // Two doubles started at once may both have found it blank. (The page count says nothing any
    // more: the transaction has begun the first page.)
    if try database.integer("SELECT count(*) FROM sqlite_schema") == 0 {
      try database.execute(Schema.creation)
    }
    try database.execute("COMMIT")
  }

  /// Brings a ledger of an earlier version up to this one, in one transaction. Only its one writer
  /// may.
  private static func migrate(_ database: Database) throws(LedgerError) {
    try database.execute("BEGIN IMMEDIATE")
    try database.execute(Schema.migration)
    try database.execute("COMMIT")
  }

  /// The version of a ledger's tables, this one or an earlier one.
  private static func version(
    of database: Database, path: String
  ) throws(LedgerError) -> Int64 {
    guard try database.integer("PRAGMA application_id") == Schema.applicationID else {
      throw .notALedger(path: path)
    }
    let version = try database.integer("PRAGMA user_version")
    guard version <= Schema.version else {
      throw .newerVersion(path: path, found: version, supported: Schema.version)
    }
    return version
  }

  /// Says of SQLite's errors what they mean for the file that is being opened.
  static func explained<Result>(
    _ path: String, _ body: () throws(LedgerError) -> Result
  ) throws(LedgerError) -> Result {
    do throws(LedgerError) {
      return try body()
    } catch .database(.notADatabase, _) {
      throw .notALedger(path: path)
    } catch .database(.busy, _) {
      throw .inUse(path: path)
    } catch .database(let code, let message) {
      throw .cannotOpen(path: path, reason: "\(message) (SQLite \(code.rawValue))")
    }
  }
}
