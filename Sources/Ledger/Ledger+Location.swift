extension Ledger {
  /// Where a ledger is stored.
  public enum Location: Sendable, Equatable {
    /// In this process's memory, gone when the ledger goes.
    case memory
    /// In the file of this path, absolute or relative to the working directory.
    case file(String)

    /// Where a text says; as for SQLite `:memory:` is no file.
    public init(path: String) {
      self = path == ":memory:" ? .memory : .file(path)
    }
  }
}
