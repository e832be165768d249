/// Every error of a ledger, one case each, for a `catch`.
public enum LedgerError: Error, Equatable, Sendable {
  /// The file exists, but was not written by a ledger: another format, or another application's
  /// SQLite database. It is left as it was.
  case notALedger(path: String)
  /// The file was written by a newer version of this program. It is left as it was.
  case newerVersion(path: String, found: Int64, supported: Int64)
  /// The file was written by an earlier version of this program and can't be read as it is. Opening
  /// it for writing converts it to this version.
  case olderVersion(path: String, found: Int64, supported: Int64)
  /// The file can be neither opened nor created; `reason` says why, in words for a person.
  case cannotOpen(path: String, reason: String)
  /// Another running program holds the file.
  case inUse(path: String)
  /// Somebody has deleted or replaced one of a running ledger's files, or cut it short; `reason`
  /// says which, and what. Nothing more is written until the ledger is opened anew.
  case lost(path: String, reason: String)
  /// The ledger has been closed.
  case closed
  /// The account was removed, or belongs to another ledger.
  case unknownAccount
  /// No such API key.
  case unknownKey
  /// An organization of that name exists already.
  case organizationExists(name: String)
  /// That API key exists already, in this or another organization.
  case keyExists
  /// The amount is negative where that isn't allowed, or would make the balance exceed `Int64.max`.
  case invalidAmount(Int64)
  /// The adjustment would make the balance negative; `balance` is what there is.
  case insufficientCredits(balance: Int64)
  /// SQLite refused, with its extended code and its own message. The transaction was rolled back.
  case database(ResultCode, message: String)
}

extension LedgerError: CustomStringConvertible {
  /// One sentence for a person, naming the file where there is one.
  public var description: String {
    switch self {
    case .notALedger(let path):
      "\(path) is not a ledger"
    case .newerVersion(let path, let found, let supported):
      "\(path) is a ledger of version \(found); this program knows versions up to \(supported)"
    case .olderVersion(let path, let found, let supported):
      """
      \(path) is a ledger of version \(found), this program reads version \(supported): \
      'cloro-mock serve --database \(path)' makes it one
      """
    case .cannotOpen(let path, let reason):
      "cannot open ledger \(path): \(reason)"
    case .inUse(let path):
      "ledger \(path) is in use by another running program"
    case .lost(let path, let reason):
      "ledger \(path) is lost: \(reason)"
    case .closed:
      "the ledger is closed"
    case .unknownAccount:
      "the account is not in this ledger"
    case .unknownKey:
      "the API key is not in this ledger"
    case .organizationExists(let name):
      "organization \(name) exists already"
    case .keyExists:
      "the API key exists already"
    case .invalidAmount(let amount):
      "an amount of \(amount) credits is not allowed here"
    case .insufficientCredits(let balance):
      "the balance of \(balance) credits is too small"
    case .database(let code, let message):
      "SQLite: \(message) (\(code.rawValue))"
    }
  }
}
