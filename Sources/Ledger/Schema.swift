/// The tables of a ledger, and the numbers by which a file is known as one.
enum Schema {
  /// `PRAGMA application_id` of a ledger: the bytes `clro`.
  static let applicationID: Int64 = 0x636C_726F

  /// `PRAGMA user_version` of the tables below. Raise it with every change to them.
  static let version: Int64 = 1

  /// Creates everything in an empty database.
  ///
  /// Entries lie in the file organization by organization, each numbered from 1: a page of one
  /// organization is one walk over neighbouring rows, whatever the others do, and parallel tests
  /// see the ids they would see alone. `entry` declares no foreign key, for that would look up
  /// the organization once more for each charge; `Verification` finds strays instead. Nor does its
  /// kind say `IN`, for which SQLite builds an index of the four words at each insertion.
  static let creation = """
    CREATE TABLE organization (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      plan TEXT NOT NULL,
      settings TEXT NOT NULL,
      balance INTEGER NOT NULL CHECK (balance >= 0),
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE api_key (
      id INTEGER PRIMARY KEY,
      text TEXT NOT NULL UNIQUE,
      organization INTEGER NOT NULL REFERENCES organization (id),
      settings TEXT,
      revoked INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1))
    ) STRICT;

    CREATE INDEX api_key_organization ON api_key (organization);

    CREATE TABLE entry (
      organization INTEGER NOT NULL,
      id INTEGER NOT NULL,
      at INTEGER NOT NULL,
      kind TEXT NOT NULL CHECK (
        kind = 'charge' OR kind = 'grant' OR kind = 'adjustment' OR kind = 'expiry'),
      amount INTEGER NOT NULL CHECK (amount <> 0),
      balance INTEGER NOT NULL CHECK (balance >= 0),
      endpoint TEXT,
      request_id TEXT,
      task_id TEXT,
      PRIMARY KEY (organization, id)
    ) STRICT, WITHOUT ROWID;

    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(version);
    """
}
