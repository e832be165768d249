/// Documents, within the open transaction.
extension LedgerStore {
  /// Whether whom a document belongs to is still there.
  func knowsOwner(_ document: Ledger.Document) -> Bool {
    document.account.map(knows) ?? true
  }

  /// Writes or deletes documents whose owners are known, in order.
  func write(_ documents: [Ledger.Document]) throws(LedgerError) {
    guard keepsDocuments else { return }
    for document in documents {
      let isDeletion = document.body == nil
      let statement = try database.statement(
        isDeletion
          ? "DELETE FROM document WHERE kind = ?1 AND organization = ?2 AND id = ?3"
          : "INSERT OR REPLACE INTO document (kind, organization, id, body) VALUES (?1, ?2, ?3, ?4)"
      )
      statement.bind(document.kind, at: 1)
      statement.bind(document.account?.state.partitions.documents ?? 0, at: 2)
      statement.bind(document.id, at: 3)
      if let body = document.body {
        statement.bind(body, at: 4)
        documentKinds.insert(document.kind)
      }
      try statement.run()
    }
  }

  /// Writes what has changed besides, for which nobody waits.
  func writeAccompanying() throws(LedgerError) {
    guard let documentSource else { return }
    accompanying = documentSource.changedDocuments().filter(knowsOwner)
    try write(accompanying)
  }
}
