import Synchronization

/// Reads what a running ledger's file has beside its entries, on a connection of its own.
///
/// Each query finds out by itself in which partition documents lie, so that it sees one moment.
final class DocumentReader: Sendable {
  /// How many documents are read in one turn when there may be many.
  static let stretch = 500

  /// nil once it is closed.
  private let database: Mutex<Database?>

  /// The partition of the organization whose number is the parameter 2; NULL when that number is a
  /// dropped partition's alone.
  private static let partition = """
    coalesce(
      (SELECT documents FROM organization_partition WHERE organization = ?2),
      iif(EXISTS (SELECT 1 FROM dropped_documents WHERE partition = ?2), NULL, ?2))
    """

  /// - Parameter path: A ledger's file that this process has opened for writing.
  init(path: String, busyTimeoutMilliseconds: Int32) throws(LedgerError) {
    let database = try Database(path: path, access: .readOnly)
    database.setBusyTimeout(milliseconds: busyTimeoutMilliseconds)
    self.database = Mutex(database)
  }

  /// Closes the connection; later calls throw ``LedgerError/closed``.
  func close() {
    database.withLock { database in
      database?.close()
      database = nil
    }
  }

  /// See ``Ledger/document(of:kind:id:)``.
  func document(
    of organization: Int64, kind: Int64, id: String
  ) throws(LedgerError) -> [UInt8]? {
    try withDatabase { (database) throws(LedgerError) in
      let statement = try database.statement(
        """
        SELECT body FROM document
        WHERE kind = ?1 AND organization = \(Self.partition) AND id = ?3
        """)
      defer { statement.reset() }
      statement.bind(kind, at: 1)
      statement.bind(organization, at: 2)
      statement.bind(id, at: 3)
      return try statement.step() ? statement.bytes(at: 0) : nil
    }
  }

  /// See ``Ledger/documents(of:kind:after:limit:)``.
  func documents(
    of organization: Int64, kind: Int64, after last: String?, limit: Int
  ) throws(LedgerError) -> [Ledger.StoredDocument] {
    try withDatabase { (database) throws(LedgerError) in
      let statement = try database.statement(
        """
        SELECT id, body FROM document
        WHERE kind = ?1 AND organization = \(Self.partition) AND id \(last == nil ? ">=" : ">") ?3
        ORDER BY id LIMIT ?4
        """)
      statement.bind(kind, at: 1)
      statement.bind(organization, at: 2)
      statement.bind(last ?? "", at: 3)
      statement.bind(Int64(limit), at: 4)
      var documents: [Ledger.StoredDocument] = []
      try statement.forEachRow { (row) throws(LedgerError) in
        documents.append(
          Ledger.StoredDocument(
            organization: organization, id: row.text(at: 0) ?? "", body: row.bytes(at: 1)))
      }
      return documents
    }
  }

  /// A place among the documents of a kind: a partition, and the last identifier already seen; nil
  /// for none of it.
  typealias Place = (partition: Int64, id: String?)

  /// The next documents of a kind after a place, in the order of partitions and identifiers.
  ///
  /// - Returns: At most ``stretch`` documents, and the place after them when there may be more.
  func documents(
    kind: Int64, after place: Place
  ) throws(LedgerError) -> (documents: [Ledger.StoredDocument], next: Place?) {
    try withDatabase { (database) throws(LedgerError) in
      var documents: [Ledger.StoredDocument] = []
      var next = place
      // Two ranges of the key, because SQLite finds the rows after a row of two columns directly
      // only within one value of the first.
      func read(_ range: String, from partition: Int64, _ id: String?) throws(LedgerError) {
        let statement = try database.statement(
          """
          SELECT coalesce(moved.organization, document.organization), document.organization,
            id, body
          FROM document LEFT JOIN organization_partition AS moved
            ON moved.documents = document.organization
          WHERE kind = ?1 AND \(range)
            AND document.organization NOT IN (SELECT partition FROM dropped_documents)
          ORDER BY document.organization, id LIMIT ?2
          """)
        statement.bind(kind, at: 1)
        statement.bind(Int64(Self.stretch - documents.count), at: 2)
        statement.bind(partition, at: 3)
        if let id { statement.bind(id, at: 4) }
        try statement.forEachRow { (row) throws(LedgerError) in
          next = (row.integer(at: 1), row.text(at: 2) ?? "")
          documents.append(
            Ledger.StoredDocument(
              organization: row.integer(at: 0), id: row.text(at: 2) ?? "", body: row.bytes(at: 3)))
        }
      }
      var from = place.partition
      if let id = place.id {
        try read("document.organization = ?3 AND id > ?4", from: from, id)
        from += 1
      }
      if documents.count < Self.stretch {
        try read("document.organization >= ?3", from: from, nil)
      }
      return (documents, documents.count < Self.stretch ? nil : next)
    }
  }

  func withDatabase<Value: Sendable>(
    _ body: (Database) throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    try database.withLock { (database) throws(LedgerError) in
      guard let database else { throw LedgerError.closed }
      return try body(database)
    }
  }
}
