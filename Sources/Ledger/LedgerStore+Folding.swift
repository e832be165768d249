extension LedgerStore {
  /// Folds surplus entries of the accounts that the open transaction has changed.
  ///
  /// This is part of the same transaction, so that entries and balance always agree. To keep the
  /// commit short, it folds at most one step or twice as many entries as the transaction has
  /// written. An account that is left over is folded when it next gets an entry. It can't fall
  /// further behind, because a transaction may fold twice as many entries as it writes.
  func foldTouched() throws(LedgerError) {
    guard foldsEntries, entriesWritten > 0 else { return }
    let kept = retention.entriesKept(organizations: accounts.count)
    let step = Ledger.Retention.step(kept: kept)
    var allowance = max(step, 2 * entriesWritten)
    for account in touched where knows(account) {
      let excess = account.state.lastEntry - account.state.oldestEntry - kept
      guard excess >= step else { continue }
      guard allowance >= step else { return }
      let count = min(excess, allowance)
      allowance -= count
      allowance -= try fold(account, through: account.state.oldestEntry + count)
    }
  }

  /// Folds the entries up to a number into one, and returns how many had to be copied before.
  private func fold(_ account: Account, through last: Int64) throws(LedgerError) -> Int64 {
    // Entries that a snapshot wouldn't restore anyway may be folded without a copy.
    let copied = try preserve(account) { last > $0.last - Int64(retention.inSnapshot) }
    guard let folded = try records.folded(of: account, through: last) else { return copied }
    try deleteEntries(of: account, in: 0...folded.id)
    try write([folded], of: account)
    account.state.fold(into: folded)
    return copied
  }
}
