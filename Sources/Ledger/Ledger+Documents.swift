// MARK: - Writing

extension Ledger {
  /// Whether documents are kept: in a file. In memory they aren't, and nobody needs to render any;
  /// every call that writes some then succeeds and does nothing.
  public var keepsDocuments: Bool { !isInMemory }

  /// Writes documents, and tells once they are committed.
  ///
  /// Returns at once. They share a transaction with the charges and writes that arrive at about the
  /// same time, in the order of arrival, and are written together or not at all.
  ///
  /// - Parameters:
  ///   - documents: Which. Those of one call all have to belong to accounts that are valid. Without
  ///     any, the call has what has changed besides committed: ``accompany(with:)``.
  ///   - completion: Called exactly once, as for ``charge(_:completion:)``: with nil when they are
  ///     written, else with ``LedgerError/unknownAccount``, ``LedgerError/closed``,
  ///     ``LedgerError/database(_:message:)`` or ``LedgerError/lost(path:reason:)``. The default
  ///     does nothing.
  public func write(
    _ documents: [Document], completion: @escaping @Sendable (LedgerError?) -> Void = { _ in }
  ) {
    enqueue(.write(documents, completion: completion))
  }

  /// Has `source` asked, before each commit of charges and writes, what else is to be written. Not
  /// before the commits of ``transaction(_:)``, whose caller knows what belongs to it.
  ///
  /// - Parameter source: Not retained.
  /// - Throws: ``LedgerError/closed``.
  public func accompany(with source: any DocumentSource) throws(LedgerError) {
    try store.sync { (store) throws(LedgerError) in
      try store.requireOpen()
      store.documentSource = source
    }
  }
}

extension Ledger.Transaction {
  /// Writes documents, in the open transaction. See ``Ledger/write(_:completion:)``.
  ///
  /// - Throws: ``LedgerError/unknownAccount``, ``LedgerError/database(_:message:)``.
  public func write(_ documents: [Ledger.Document]) throws(LedgerError) {
    guard documents.allSatisfy(store.knowsOwner) else { throw .unknownAccount }
    try store.write(documents)
  }
}

// MARK: - Reading

/// Documents are read by a connection of their own. So reading doesn't wait for the ledger's queue
/// or for a commit, nor these for it; it sees what was committed when it begins. Callers on several
/// threads take turns, for microseconds each: a call that reads many documents does so in stretches
/// (``Ledger/documents(kind:from:read:)``). In memory there are none.
extension Ledger {
  /// The document of that kind and identifier; nil when there is none.
  ///
  /// - Parameter organization: The ``Account/id`` of its organization, or 0.
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func document(
    of organization: Int64, kind: Int64, id: String = ""
  ) throws(LedgerError) -> [UInt8]? {
    try documentReader?.document(of: organization, kind: kind, id: id)
  }

  /// Documents of one owner and kind, in the order of their identifiers, all as of one moment.
  ///
  /// - Parameters:
  ///   - organization: The ``Account/id`` of its organization, or 0.
  ///   - last: The identifier after which they begin. The default is nil, the first.
  ///   - limit: Most documents to return, 0 or more. By default all; others who read wait
  ///     meanwhile.
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func documents(
    of organization: Int64, kind: Int64, after last: String? = nil, limit: Int = .max
  ) throws(LedgerError) -> [StoredDocument] {
    guard let documentReader else { return [] }
    return try documentReader.documents(of: organization, kind: kind, after: last, limit: limit)
  }

  /// Reads all documents of one kind, those of an organization one after the other in the order of
  /// their identifiers.
  ///
  /// - Parameters:
  ///   - kind: Which kind.
  ///   - first: 0, the default, to begin with what belongs to none; 1 to leave that out.
  ///   - read: Is given one document after the other. What is written meanwhile may be among them.
  ///     It may read other documents.
  /// - Throws: ``LedgerError/closed``, ``LedgerError/database(_:message:)``.
  public func documents(
    kind: Int64, from first: Int64 = 0, read: (StoredDocument) -> Void
  ) throws(LedgerError) {
    guard let documentReader else { return }
    var place: DocumentReader.Place? = (first, nil)
    while let start = place {
      let (stretch, next) = try documentReader.documents(kind: kind, after: start)
      for document in stretch { read(document) }
      place = next
    }
  }
}
