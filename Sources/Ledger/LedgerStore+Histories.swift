extension LedgerStore {
  /// The history of the account up to now; the same object until the next entry.
  func history(of account: Account, in ledger: Ledger) -> History {
    account.state.histories.removeAll { $0.history == nil }
    for listed in account.state.histories {
      if let history = listed.history, history.last == account.state.lastEntry { return history }
    }
    let history = History(of: account, in: ledger)
    account.state.histories.append(WeakHistory(history: history))
    return history
  }

  /// Whether the entries of `history` are in the ledger as those of `account`.
  func has(_ history: History, in account: Account) -> Bool {
    account.state.histories.contains { $0.history === history }
  }

  /// Copies the histories whose entries are about to be destroyed, and removes them from the list.
  ///
  /// If the transaction fails afterwards, the copies were unnecessary but are still right.
  ///
  /// - Parameter isHarmed: Whether the entries of a history are about to be destroyed. The default
  ///   is all.
  /// - Returns: How many entries were copied.
  @discardableResult
  func preserve(
    _ account: Account, where isHarmed: (History) -> Bool = { _ in true }
  ) throws(LedgerError) -> Int64 {
    guard !account.state.histories.isEmpty else { return 0 }
    var copied: Int64 = 0
    var intact: [WeakHistory] = []
    for listed in account.state.histories {
      guard let history = listed.history else { continue }
      if isHarmed(history) {
        copied += try copy(history, of: account)
      } else {
        intact.append(listed)
      }
    }
    account.state.histories = intact
    return copied
  }

  /// Copies the entries of a history, unless that was done before, and returns how many.
  @discardableResult
  func copy(_ history: History, of account: Account) throws(LedgerError) -> Int64 {
    guard history.copy == nil else { return 0 }
    var entries: [Ledger.Entry] = []
    let cut = history.last - Int64(retention.inSnapshot)
    // Only when two entries or more are left out, because folding a single entry would only hide
    // what it was.
    if cut > account.state.oldestEntry + 1,
      let folded = try records.folded(of: account, through: cut)
    {
      entries.append(folded)
    }
    let since = entries.last?.id ?? 0
    entries += try records.entries(of: account, since: since, through: history.last)
    history.keep(entries)
    return Int64(entries.count)
  }
}
