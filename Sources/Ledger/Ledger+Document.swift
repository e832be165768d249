extension Ledger {
  /// A text or anything else that is kept beside the credits, in the same file and the same
  /// transactions. The ledger doesn't interpret it.
  ///
  /// A document belongs to an organization, with which it is deleted when that is removed, reset or
  /// restored; or to none. Within its owner it is found by kind and identifier. Writing one that
  /// exists replaces it.
  public struct Document: Sendable {
    /// The organization that it belongs to; nil for a document of the ledger as a whole. Its handle
    /// has to be valid when the document is written: what a removed, reset or restored organization
    /// was still to write must not come back.
    public let account: Account?

    /// What it is; the caller's number.
    public let kind: Int64

    /// Which of its kind it is. Documents of one kind and owner lie in the order of the UTF-8 bytes
    /// of their identifiers, and are written fastest in that order.
    public let id: String

    /// What it says; nil deletes it, if it is there.
    public let body: [UInt8]?

    /// Describes a document; nothing happens until a ledger is given it.
    public init(of account: Account?, kind: Int64, id: String = "", body: [UInt8]?) {
      self.account = account
      self.kind = kind
      self.id = id
      self.body = body
    }
  }

  /// A document as it stands in the file.
  public struct StoredDocument: Sendable, Equatable {
    /// The ``Account/id`` of its organization; 0 when it belongs to none.
    public let organization: Int64
    /// See ``Document/id``.
    public let id: String
    /// What it says.
    public let body: [UInt8]
  }
}

/// Knows what has changed and may wait for the next transaction, such as counters that change with
/// every request: it is written along with what somebody waits for, and needs no commit of its own.
///
/// Both functions are called on the ledger's queue, so they must not wait for the ledger.
public protocol DocumentSource: AnyObject, Sendable {
  /// What has changed since the last call. Those whose account isn't in the ledger any more are
  /// dropped.
  func changedDocuments() -> [Ledger.Document]

  /// Documents that the last call of ``changedDocuments()`` has returned couldn't be written.
  func notWritten(_ documents: [Ledger.Document])
}
