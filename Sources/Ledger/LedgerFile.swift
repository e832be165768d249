/// The rules by which a file is opened as a ledger, or refused.
///
/// **One writer.** A running ledger holds the RESERVED lock of its file. In WAL mode SQLite itself
/// never uses that lock (readers and writers meet in the `-shm` file instead), so here it means "a
/// double has this file": a second double is refused at once, while readers such as `cloro-mock
/// ledger` still work. The kernel releases the lock when the process ends, so a `kill -9` leaves
/// nothing to clean up. `locking_mode = EXCLUSIVE` would refuse readers too, and a row or file that
/// marks the owner would remain after a crash.
///
/// **WAL only while running.** Closing turns the file back to rollback mode, so a closed ledger is
/// a single file. It can be copied by itself, and read from a read-only disk without SQLite
/// creating `-wal` and `-shm` files. After a `kill -9` these files remain, and the next opening,
/// even for reading, recovers what was committed.
enum LedgerFile {
  /// How long the WAL may become before a commit copies it into the file, in pages. The larger, the
  /// fewer the pauses for that. This is eight times SQLite's default: 16 MiB.
  static let pagesInWAL = 8_000

  /// The same while much is deleted and a ``Checkpointer`` copies: it can't begin the WAL anew as
  /// long as there are always further commits.
  static let pagesInWALWhileSweeping = 4 * pagesInWAL

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
      try database.execute(
        "PRAGMA wal_autocheckpoint = \(pagesInWAL); PRAGMA foreign_keys = ON")
      // The first read makes the connection enter WAL mode; outside WAL mode the lock would have
      // another meaning.
      _ = try version(of: database, path: path)
      switch database.lockReserved() {
      case ResultCode(rawValue: 0): break
      case let code: throw .database(code, message: "the file can't be locked")
      }
      let version = try version(of: database, path: path)
      if version < Schema.version { try migrate(database, from: version) }
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
    do throws(LedgerError) {
      // What nobody has written to yet is a ledger without organizations.
      if try isBlank(database) { return try empty() }
      let version = try version(of: database, path: path)
      guard version >= Schema.earliestReadable else {
        throw .olderVersion(path: path, found: version, supported: Schema.version)
      }
      try database.execute(Schema.standIns(for: version))
      return database
    } catch .database(.needsRollback, _) {
      // A writer was killed in the middle of a transaction outside WAL mode, which is how a ledger
      // is created. Nobody can read the file until somebody has undone that.
      database.close()
      try recover(path, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
      return try openForReading(path, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
    } catch .database(.cannotOpen, _) where Database.folderProblem(of: path) != nil {
      throw .cannotOpen(
        path: path,
        reason: "it was not closed, and \(Database.folderProblem(of: path)!), so that it can't be "
          + "recovered there")
    } catch {
      throw explained(error, path)
    }
  }

  /// A new ledger in memory.
  static func empty() throws(LedgerError) -> Database {
    let database = try Database()
    try database.execute("PRAGMA foreign_keys = ON")
    try database.execute(Schema.beforeCreation)
    try database.execute(Schema.creation)
    return database
  }

  /// Undoes an interrupted transaction, as the next writer would.
  private static func recover(
    _ path: String, busyTimeoutMilliseconds: Int32
  ) throws(LedgerError) {
    let problem = Database.folderProblem(of: path)
    if let problem {
      throw .cannotOpen(path: path, reason: "it has to be recovered, and \(problem)")
    }
    let database = try Database(path: path, access: .recovering)
    database.setBusyTimeout(milliseconds: busyTimeoutMilliseconds)
    try explained(path) { () throws(LedgerError) in
      // Any read does it.
      _ = try database.integer("PRAGMA page_count")
    }
    database.close()
  }

  /// Ends a writer: the WAL is copied into the file, which is a single file again.
  ///
  /// Nothing is lost if this fails, for example because of a reader: the next opening recovers the
  /// WAL.
  static func closeAfterWriting(_ database: Database) {
    database.setBusyTimeout(milliseconds: 0)
    try? database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    try? database.execute("PRAGMA journal_mode = DELETE")
    database.close()
  }

  /// Whether the file is empty, whether it existed or not. (SQLite treats a file of one byte as
  /// empty, too.)
  private static func isBlank(_ database: Database) throws(LedgerError) -> Bool {
    try database.integer("PRAGMA page_count") == 0
  }

  /// Turns an empty file into a ledger in one transaction, so that no reader ever sees a half-made
  /// one.
  private static func create(in database: Database) throws(LedgerError) {
    try database.execute(Schema.beforeCreation)
    try database.execute("BEGIN IMMEDIATE")
    // Two doubles started at once may both have found the file empty. (The page count can't tell
    // any more, because the transaction has written the first page.)
    if try database.integer("SELECT count(*) FROM sqlite_schema") == 0 {
      try database.execute(Schema.creation)
    }
    try database.execute("COMMIT")
  }

  /// Converts a ledger of an earlier version to this one, in one transaction. Only the file's one
  /// writer may call it.
  private static func migrate(
    _ database: Database, from version: Int64
  ) throws(LedgerError) {
    try database.execute("BEGIN IMMEDIATE")
    try database.execute(Schema.migration(from: version))
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

  /// Translates SQLite's errors into what they mean for a file that is being opened.
  static func explained<Result>(
    _ path: String, _ body: () throws(LedgerError) -> Result
  ) throws(LedgerError) -> Result {
    do throws(LedgerError) {
      return try body()
    } catch {
      throw explained(error, path)
    }
  }

  private static func explained(_ error: LedgerError, _ path: String) -> LedgerError {
    switch error {
    case .database(.notADatabase, _): .notALedger(path: path)
    case .database(.busy, _): .inUse(path: path)
    case .database(let code, let message):
      .cannotOpen(path: path, reason: "\(message) (SQLite \(code.rawValue))")
    default: error
    }
  }
}
