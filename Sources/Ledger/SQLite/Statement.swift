import CSQLite

/// One prepared statement, kept by its `Database` for as long as that is open.
///
/// Parameters and columns are numbered as SQLite does: parameters from 1, columns from 0.
final class Statement {
  private var handle: OpaquePointer?

  /// Compiles `sql`.
  ///
  /// - Throws: ``LedgerError/database(_:message:)`` for SQL that SQLite doesn't accept.
  init(_ sql: String, connection: OpaquePointer?) throws(LedgerError) {
    // PERSISTENT because every statement is kept: it tells SQLite not to take the memory from the
    // pool meant for short-lived things.
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v3(
      connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
    guard code == SQLITE_OK else { throw LedgerError(code, connection: connection) }
    self.handle = handle
  }

  deinit {
    finalize()
  }

  /// Frees the statement ahead of `deinit`: a connection closes only when none is left.
  func finalize() {
    sqlite3_finalize(handle)
    handle = nil
  }

  func bind(_ value: Int64, at parameter: Int32) {
    sqlite3_bind_int64(handle, parameter, value)
  }

  /// Binds a copy of the text; `nil` is SQL's `NULL`.
  func bind(_ value: String?, at parameter: Int32) {
    guard let value else {
      sqlite3_bind_null(handle, parameter)
      return
    }
    // With its length, for a text may hold a zero byte.
    sqlite3_bind_text(handle, parameter, value, Int32(value.utf8.count), Statement.copied)
  }

  /// Binds the bytes where they are; `nil` is SQL's `NULL`.
  ///
  /// The caller keeps them alive until the statement has run.
  func bind(borrowing utf8: UnsafeBufferPointer<UInt8>?, at parameter: Int32) {
    guard let utf8 else {
      sqlite3_bind_null(handle, parameter)
      return
    }
    guard let bytes = UnsafeRawPointer(utf8.baseAddress) else {
      // To SQLite a null pointer means NULL, whatever the length.
      bind("", at: parameter)
      return
    }
    sqlite3_bind_text(
      handle, parameter, bytes.assumingMemoryBound(to: CChar.self), Int32(utf8.count), nil)
  }

  /// Binds a copy of the bytes.
  func bind(_ bytes: [UInt8], at parameter: Int32) {
    bytes.withUnsafeBytes { bytes in
      // To SQLite a null pointer means NULL, whatever the length.
      guard let start = bytes.baseAddress, !bytes.isEmpty else {
        sqlite3_bind_zeroblob(handle, parameter, 0)
        return
      }
      sqlite3_bind_blob(handle, parameter, start, Int32(bytes.count), Statement.copied)
    }
  }

  /// Moves to the next row, and says whether there is one.
  func step() throws(LedgerError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw LedgerError(code, connection: sqlite3_db_handle(handle))
    }
  }

  /// Lets go of the current row, and with it of the read lock. The parameters stay.
  func reset() {
    sqlite3_reset(handle)
  }

  /// Runs a statement that returns no rows anyone wants.
  func run() throws(LedgerError) {
    defer { reset() }
    while try step() {}
  }

  /// Runs an insertion whose values have to be unique, and throws `duplicate` if they are not.
  func run(duplicate: LedgerError) throws(LedgerError) {
    do throws(LedgerError) {
      try run()
    } catch .database(.notUnique, _) {
      throw duplicate
    }
  }

  /// Runs a query, handing over the statement once for each row.
  func forEachRow(_ body: (Statement) throws(LedgerError) -> Void) throws(LedgerError) {
    defer { reset() }
    while try step() { try body(self) }
  }

  func integer(at column: Int32) -> Int64 {
    sqlite3_column_int64(handle, column)
  }

  func text(at column: Int32) -> String? {
    guard let bytes = sqlite3_column_text(handle, column) else { return nil }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  func bytes(at column: Int32) -> [UInt8] {
    guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
    let count = Int(sqlite3_column_bytes(handle, column))
    return Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }

  /// `SQLITE_TRANSIENT`, a cast that Swift doesn't import: copy the bytes before returning.
  private static var copied: sqlite3_destructor_type {
    unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  }
}
