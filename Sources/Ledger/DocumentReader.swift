import Synchronization

/// Reads what a running ledger's file has beside its entries, on a connection of its own.
final class DocumentReader: Sendable {
  /// How many documents are read in one turn when there may be many.
  static let stretch = 500

  /// nil once it is closed.
  private let database: Mutex<Database?>

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
        "SELECT body FROM document WHERE kind = ?1 AND organization = ?2 AND id = ?3")
      defer { statement.reset() }
      statement.bind(kind, at: 1)
      statement.bind(organization, at: 2)
      statement.bind(id, at: 3)
      return try statement.step() ? statement.bytes(at: 0) : nil
    }
  }

  /// The documents of a kind after a place, in the order of organizations and identifiers.
  ///
  /// - Parameters:
  ///   - place: An organization, and the last identifier already seen; nil for none of it.
  ///   - through: The last organization.
  ///   - limit: Most documents to return.
  func documents(
    kind: Int64, after place: (organization: Int64, id: String?), through: Int64, limit: Int
  ) throws(LedgerError) -> [Ledger.StoredDocument] {
    try withDatabase { (database) throws(LedgerError) in
      var documents: [Ledger.StoredDocument] = []
      // Two ranges of the key, because SQLite finds the rows after a row of two columns directly
      // only within one value of the first.
      func read(_ organizations: String, _ id: String?, from: Int64) throws(LedgerError) {
        let statement = try database.statement(
          """
          SELECT organization, id, body FROM document
          WHERE kind = ?1 AND \(organizations) ORDER BY organization, id LIMIT ?2
          """)
        statement.bind(kind, at: 1)
        statement.bind(Int64(limit - documents.count), at: 2)
        statement.bind(from, at: 3)
        statement.bind(id, at: 4)
        if id == nil { statement.bind(through, at: 4) }
        try statement.forEachRow { (row) throws(LedgerError) in
          documents.append(
            Ledger.StoredDocument(
              organization: row.integer(at: 0), id: row.text(at: 1) ?? "",
              body: row.bytes(at: 2)))
        }
      }
      var from = place.organization
      if let id = place.id {
        try read("organization = ?3 AND id > ?4", id, from: from)
        from += 1
      }
      if from <= through, documents.count < limit {
        try read("organization >= ?3 AND organization <= ?4", nil, from: from)
      }
      return documents
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
