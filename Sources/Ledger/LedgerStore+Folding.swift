extension LedgerStore {
  /// Folds the entries that the open transaction's accounts have too many of.
  ///
  /// Part of the same transaction, so that entries and balance agree whenever anyone looks. To
  /// hold up no commit, it folds at most twice what it has written, or one step; an account that
  /// is left over is found again when it next gets an entry, and falls behind no further, for
  /// folding is twice as fast as writing.
  func foldTouched() throws(LedgerError) {
    guard foldsEntries, entriesWritten > 0 else { return }
    let kept = retention.entriesKept(organizations: accounts.count)
    let step = Ledger.Retention.step(kept: kept)
    var allowance = max(step, 2 * entriesWritten)
    for account in touched {
      let excess = account.state.lastEntry - account.state.oldestEntry - kept
      guard excess >= step else { continue }
      guard allowance >= step else { return }
      let count = min(excess, allowance)
      allowance -= count
      allowance -= try fold(account, through: account.state.oldestEntry + count)
    }
  }

  /// Folds the entries up to a number into one, and says how many had to be copied before.
  private func fold(_ account: Account, through last: Int64) throws(LedgerError) -> Int64 {
    // What a snapshot wouldn't bring back anyway may be folded under it.
    let copied = try preserve(account) { last > $0.last - Int64(retention.inSnapshot) }
    guard let folded = try records.folded(of: account.id, through: last) else { return copied }
    try deleteEntries(of: account.id, in: 0...folded.id)
    try write([folded], of: account.id)
    account.state.fold(into: folded)
    return copied
  }
}
