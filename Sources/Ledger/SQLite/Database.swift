import CSQLite
import Platform

/// One connection to SQLite. Not for use by two threads at once.
final class Database {
  private var connection: OpaquePointer?
  private var statements: [String: Statement] = [:]

  /// How a file is opened.
  enum Access {
    case readOnly
    /// Only as far as an interrupted transaction has to be undone before the file can be read.
    case recovering
    case readWrite
  }

  /// Opens a private database in memory.
  init() throws(LedgerError) {
    try open(":memory:", flags: SQLITE_OPEN_READWRITE)
  }

  /// Opens a file; for ``Access/readWrite`` it is created when it doesn't exist.
  ///
  /// - Throws: ``LedgerError/cannotOpen(path:reason:)``.
  init(path: String, access: Access) throws(LedgerError) {
    guard !path.isEmpty else {
      throw .cannotOpen(path: path, reason: "the path is empty")
    }
    // SQLite gives names such as ":memory:" and "file:x?mode=ro" a special meaning. A path that
    // contains a slash has none.
    let literal = path.hasPrefix("/") ? path : "./\(path)"
    // SQLite opens whatever it is, and would wait for somebody who writes into a FIFO.
    if let kind = System.fileStatus(path)?.kind, kind != .regular {
      throw .cannotOpen(path: path, reason: "it is \(kind.rawValue)")
    }
    let flags =
      switch access {
      case .readOnly: SQLITE_OPEN_READONLY
      case .recovering: SQLITE_OPEN_READWRITE
      case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    do throws(LedgerError) {
      try open(literal, flags: flags)
    } catch {
      throw .cannotOpen(path: path, reason: openFailure(path) ?? "\(error)")
    }
    // SQLite silently opens a file for reading if it may not write to it.
    guard access == .readOnly || sqlite3_db_readonly(connection, "main") == 0 else {
      throw .cannotOpen(path: path, reason: "it is read-only")
    }
  }

  deinit {
    close()
  }

  /// The statement for `sql`, compiled the first time it is asked for.
  ///
  /// The same text returns the same statement, so it must not be run again inside a loop over its
  /// own rows.
  func statement(_ sql: String) throws(LedgerError) -> Statement {
    if let statement = statements[sql] { return statement }
    let statement = try Statement(sql, connection: connection)
    statements[sql] = statement
    return statement
  }

  /// Runs any number of statements, separated by semicolons, none of which is kept.
  func execute(_ sql: String) throws(LedgerError) {
    let code = sqlite3_exec(connection, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw LedgerError(code, connection: connection) }
  }

  /// The integer in the first column of the first row; 0 when there is no row.
  func integer(_ sql: String) throws(LedgerError) -> Int64 {
    let statement = try Statement(sql, connection: connection)
    return try statement.step() ? statement.integer(at: 0) : 0
  }

  /// The key that the last `INSERT` was given.
  var lastInsertedKey: Int64 {
    sqlite3_last_insert_rowid(connection)
  }

  /// How many rows the last `INSERT`, `UPDATE` or `DELETE` changed.
  var changedRows: Int32 {
    sqlite3_changes(connection)
  }

  /// Copies what stands in the WAL into the file, as far as nobody needs it there.
  ///
  /// - Returns: How many pages stood in the WAL.
  @discardableResult
  func checkpoint() throws(LedgerError) -> Int64 {
    let statement = try statement("PRAGMA wal_checkpoint(PASSIVE)")
    defer { statement.reset() }
    return try statement.step() ? statement.integer(at: 1) : 0
  }

  /// Whether a transaction is open. Some errors make SQLite end it by itself.
  var isInTransaction: Bool {
    connection != nil && sqlite3_get_autocommit(connection) == 0
  }

  /// How long a statement waits for another connection's lock, in milliseconds.
  func setBusyTimeout(milliseconds: Int32) {
    sqlite3_busy_timeout(connection, milliseconds)
  }

  /// Takes the file's RESERVED lock, without SQL, and holds it until the connection closes.
  ///
  /// `LedgerFile` says why. Both calls are SQLite's documented interface to a file below the pager:
  /// `SQLITE_FCNTL_FILE_POINTER` and `sqlite3_io_methods.xLock`.
  ///
  /// - Returns: SQLite's answer; `busy` when another connection has the lock.
  func lockReserved() -> ResultCode {
    var file: UnsafeMutablePointer<sqlite3_file>?
    let code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file)
    guard code == SQLITE_OK, let lock = file?.pointee.pMethods?.pointee.xLock else {
      return ResultCode(rawValue: code == SQLITE_OK ? SQLITE_NOLFS : code)
    }
    return ResultCode(rawValue: lock(file, SQLITE_LOCK_RESERVED))
  }

  /// Lets the connection close without touching the WAL, because the file at its path may be
  /// somebody else's by now.
  func leaveFilesOnClose() { _ = csqlite_leave_wal_on_close(connection) }

  /// Frees every statement and closes the connection. Later calls throw.
  func close() {
    for statement in statements.values { statement.finalize() }
    statements.removeAll()
    sqlite3_close_v2(connection)
    connection = nil
  }

  private func open(_ name: String, flags: Int32) throws(LedgerError) {
    // NOMUTEX, because the ledger's queue already makes sure that only one thread uses it at a
    // time.
    var connection: OpaquePointer?
    let code = sqlite3_open_v2(name, &connection, flags | SQLITE_OPEN_NOMUTEX, nil)
    self.connection = connection
    sqlite3_extended_result_codes(connection, 1)
    guard code == SQLITE_OK else { throw LedgerError(code, connection: connection) }
  }

  /// Why the operating system refused to open the file, where SQLite's message doesn't say.
  private func openFailure(_ path: String) -> String? {
    // The numbers of these errors are the same on Linux and Darwin.
    switch sqlite3_system_errno(connection) {
    case 2: Self.folderProblem(of: path) ?? "no such file or directory"
    case 13: "permission denied"
    case 20: "a part of the path is not a directory"
    case 21: "it is a directory"
    case 28: "no space left on the device"
    case 30: "the file system is read-only"
    default: nil
    }
  }
}

extension Database {
  /// Why no file can be made beside a path, or at it; nil when that isn't what is wrong. SQLite
  /// then tries to read the file that it couldn't make, and reports that it isn't there.
  static func folderProblem(of path: String) -> String? {
    let folder = System.folder(of: path)
    guard System.fileStatus(folder)?.kind == .directory else { return nil }
    return System.reasonNotToWrite(inFolder: folder).map {
      "nothing can be written in its folder: \($0)"
    }
  }
}

extension LedgerError {
  /// The error that `code` stands for, with the connection's message for it.
  init(_ code: Int32, connection: OpaquePointer?) {
    // Without a connection SQLite describes every error as "out of memory".
    let message = String(cString: connection.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
    self = .database(ResultCode(rawValue: code), message: message)
  }
}
