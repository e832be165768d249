import CSQLite

/// SQLite's own answer to a call, with all the detail SQLite gives (an *extended* result code).
///
/// A primary code matches every extended code derived from it, an extended code matches only
/// itself, so a `catch` can be as coarse or as fine as it needs:
///
/// ```swift
/// do {
///   try ledger.addCredits(500, to: account, at: now)
/// } catch .database(.diskFull, _) {
///   // Nothing was written; the same call works again once there is space.
/// }
/// ```
///
/// The numbers are listed at <https://www.sqlite.org/rescode.html>.
public struct ResultCode: RawRepresentable, Hashable, Sendable {
  /// The number as SQLite returns it.
  public let rawValue: Int32

  /// Wraps a number as SQLite returns it.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The general class of the answer: the least significant eight bits.
  public var primary: ResultCode {
    ResultCode(rawValue: rawValue & 0xFF)
  }

  /// Another connection holds a lock that this one needs (`SQLITE_BUSY`).
  public static let busy = ResultCode(rawValue: SQLITE_BUSY)
  /// The file may not be written (`SQLITE_READONLY`).
  public static let readOnly = ResultCode(rawValue: SQLITE_READONLY)
  /// The operating system reported a failed read or write (`SQLITE_IOERR`).
  public static let inputOutput = ResultCode(rawValue: SQLITE_IOERR)
  /// The file's pages contradict each other (`SQLITE_CORRUPT`).
  public static let corrupt = ResultCode(rawValue: SQLITE_CORRUPT)
  /// No space is left for the write (`SQLITE_FULL`).
  public static let diskFull = ResultCode(rawValue: SQLITE_FULL)
  /// The file can't be opened or created (`SQLITE_CANTOPEN`).
  public static let cannotOpen = ResultCode(rawValue: SQLITE_CANTOPEN)
  /// The write breaks a rule of the schema (`SQLITE_CONSTRAINT`).
  public static let constraint = ResultCode(rawValue: SQLITE_CONSTRAINT)
  /// The value is there already and has to be unique (`SQLITE_CONSTRAINT_UNIQUE`).
  public static let notUnique = ResultCode(rawValue: SQLITE_CONSTRAINT | 8 << 8)
  /// An interrupted transaction has to be undone before the file can be read
  /// (`SQLITE_READONLY_ROLLBACK`).
  public static let needsRollback = ResultCode(rawValue: SQLITE_READONLY | 3 << 8)
  /// The file is no SQLite database (`SQLITE_NOTADB`).
  public static let notADatabase = ResultCode(rawValue: SQLITE_NOTADB)

  /// Whether `code` is `pattern`, or is derived from it when `pattern` is a primary code.
  public static func ~= (pattern: ResultCode, code: ResultCode) -> Bool {
    pattern == pattern.primary ? pattern == code.primary : pattern == code
  }
}
