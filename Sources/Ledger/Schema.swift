/// The tables of a ledger, and the numbers that identify a file as one.
enum Schema {
  /// `PRAGMA application_id` of a ledger: the bytes `clro`.
  static let applicationID: Int64 = 0x636C_726F

  /// `PRAGMA user_version` of the tables below. It must be raised with every change to them.
  static let version: Int64 = 4

  /// The earliest version that can be read as it is. Later ones have only added tables, in whose
  /// place there are ``standIns(for:)``.
  static let earliestReadable: Int64 = 2

  /// How the table says that an entry is folded, as a condition in SQL and as what is written: it
  /// is an adjustment with an endpoint that no route has. A word of its own in `kind` would make
  /// every ledger that was written before one of an earlier version.
  static let isFolded = "(kind = 'adjustment' AND endpoint IS 'folded')"
  static let folded = (kind: Ledger.Entry.Kind.adjustment, endpoint: "folded")

  /// Run before ``creation``. SQLite writes whole pages, and a commit changes few entries: with the
  /// usual 4,096 bytes the WAL is half as large again, and so are the pauses in which it is copied
  /// back.
  static let beforeCreation = "PRAGMA page_size = 2048"

  /// Creates everything in an empty database.
  ///
  /// `entry` declares no foreign key, because that would look up the organization again for each
  /// charge; `Verification` finds stray entries instead. Its check of `kind` doesn't use `IN`,
  /// because SQLite would build an index of the four words at each insertion.
  static let creation = """
    CREATE TABLE organization (
      id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND \(EntryKey.lastOrganization)),
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

    \(entryTable)

    \(documentTable())

    \(partitionTables())

    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(version);
    """

  /// `organization` and `id` are the two parts of the key, as separate columns for people who read
  /// the file; the first is the number of a partition.
  private static let entryTable = """
    CREATE TABLE entry (
      key INTEGER PRIMARY KEY,
      organization INTEGER AS (key >> \(EntryKey.numberBits)),
      id INTEGER AS (key & \(EntryKey.lastNumber)),
      at INTEGER NOT NULL,
      kind TEXT NOT NULL CHECK (
        kind = 'charge' OR kind = 'grant' OR kind = 'adjustment' OR kind = 'expiry'),
      amount INTEGER NOT NULL CHECK (amount <> 0),
      balance INTEGER NOT NULL CHECK (balance >= 0),
      endpoint TEXT,
      request_id TEXT,
      task_id TEXT
    ) STRICT;
    """

  /// What the ledger's owner keeps beside the credits; see ``Ledger/Document``. `organization` is 0
  /// for what belongs to none, else a partition's number.
  ///
  /// The kind comes first, so that a start finds all documents of the few kinds that it needs side
  /// by side, however many there are of others. As for entries no foreign key is declared. The rows
  /// have numbers of their own, because in a table without them a body of more than a fourth of a
  /// page would take a page for itself.
  private static func documentTable(create: String = "CREATE TABLE") -> String {
    """
    \(create) document (
      kind INTEGER NOT NULL,
      organization INTEGER NOT NULL,
      id TEXT NOT NULL,
      body BLOB NOT NULL,
      PRIMARY KEY (kind, organization, id)
    ) STRICT;
    """
  }

  /// Where the rows of organizations lie; see ``Partitions``. `organization_partition` has a row
  /// for each one that isn't where its number says, and the other two tables have one for each
  /// partition whose entries or documents are still to be deleted.
  private static func partitionTables(create: String = "CREATE TABLE IF NOT EXISTS") -> String {
    """
    \(create) organization_partition (
      organization INTEGER PRIMARY KEY,
      entries INTEGER NOT NULL UNIQUE,
      documents INTEGER NOT NULL UNIQUE
    ) STRICT;
    \(create) dropped_entries (partition INTEGER PRIMARY KEY) STRICT;
    \(create) dropped_documents (partition INTEGER PRIMARY KEY) STRICT;
    """
  }

  /// Organizations with their partitions: the columns `entries` and `documents`, NULL where they
  /// are the organization's number.
  static let organizations = """
    organization LEFT JOIN organization_partition
      ON organization_partition.organization = organization.id
    """

  /// What a reader of an earlier version's file has in the place of the tables that it lacks.
  static func standIns(for version: Int64) -> String {
    guard version < Schema.version else { return "" }
    return "PRAGMA temp_store = MEMORY;"
      + (version < 3 ? documentTable(create: "CREATE TEMP TABLE") : "")
      + partitionTables(create: "CREATE TEMP TABLE")
  }

  /// Converts a ledger of an earlier version to this one, one version after the other.
  static func migration(from version: Int64) -> String {
    (version < 2 ? toSecond : "") + (version < 3 ? documentTable() : "") + toFourth
  }

  private static let toFourth = """
    \(partitionTables())
    PRAGMA user_version = \(version);
    """

  /// In version 1 entries had a key of two columns.
  private static let toSecond = """
    ALTER TABLE entry RENAME TO entry_1;
    \(entryTable)
    INSERT INTO entry (key, at, kind, amount, balance, endpoint, request_id, task_id)
      SELECT organization << \(EntryKey.numberBits) | id,
        at, kind, amount, balance, endpoint, request_id, task_id
      FROM entry_1 ORDER BY organization, id;
    DROP TABLE entry_1;

    """
}
