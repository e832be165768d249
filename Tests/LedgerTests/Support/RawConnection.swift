import CSQLite

/// A plain SQLite connection, to inspect and tamper with a ledger's file.
final class RawConnection {
  struct Failure: Error {
    let message: String
  }

  private var connection: OpaquePointer?

  init(_ path: String) throws {
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    try check(sqlite3_open_v2(path, &connection, flags, nil))
  }

  deinit {
    sqlite3_close_v2(connection)
  }

  func execute(_ sql: String) throws {
    try check(sqlite3_exec(connection, sql, nil, nil, nil))
  }

  func integer(_ sql: String) throws -> Int64 {
    var statement: OpaquePointer?
    try check(sqlite3_prepare_v2(connection, sql, -1, &statement, nil))
    defer { sqlite3_finalize(statement) }
    guard sqlite3_step(statement) == SQLITE_ROW else { throw Failure(message: "no row: \(sql)") }
    return sqlite3_column_int64(statement, 0)
  }

  private func check(_ code: Int32) throws {
    guard code == SQLITE_OK else {
      throw Failure(message: String(cString: sqlite3_errmsg(connection)))
    }
  }
}
