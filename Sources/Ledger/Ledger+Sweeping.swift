extension Ledger {
  /// After how many portions the WAL is copied into the file: long before it is so long that a
  /// commit would have to do it.
  private static let portionsInWAL = 8

  /// Lets the queue delete what transactions have dropped. To be called when nobody waits any more
  /// for whoever made them: a million rows keep a processor busy for a while.
  public func sweep() {
    queue.async { [weak self] in
      self?.store.onQueue { store in self?.sweepIfNeeded(store) }
    }
  }

  /// Lets the queue delete what was dropped, a portion at a time, each after all that waits by
  /// then. Called on the queue.
  ///
  /// What isn't deleted when the process ends, in whatever way, goes on when the file is opened.
  func sweepIfNeeded(_ store: LedgerStore) {
    guard store.hasDropped, !store.isSweeping else { return }
    store.isSweeping = true
    store.sweeps += 1
    if let checkpointer, store.sweeps % Self.portionsInWAL == 0 {
      checkpointer.run { [weak self] pages in self?.scheduleSweep(pagesInWAL: pages) }
    } else {
      scheduleSweep()
    }
  }

  private func scheduleSweep(pagesInWAL: Int64 = 0) {
    // Weak, because a ledger that nobody uses any more needn't be swept.
    queue.async { [weak self] in
      self?.store.onQueue { store in
        store.isSweeping = false
        store.finishCheckpoint(pagesInWAL)
        store.sweep()
        self?.sweepIfNeeded(store)
      }
    }
  }
}
