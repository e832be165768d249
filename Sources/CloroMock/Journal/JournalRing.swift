import DequeModule

/// The entries that the journal keeps: refusals apart from successes, so that a flood of one kind
/// doesn't push the other out. A pure value.
///
/// Half of the room belongs to the refusals. What one kind doesn't use of its half, the other may
/// use, and gives back as soon as it is needed.
struct JournalRing: Sendable {
  /// Entries of one kind, oldest first.
  private struct Lane: Sendable {
    var rows: Deque<Journal.Row> = []
    var bytes = 0

    /// The index of the first entry after a number.
    func start(after sequence: Int64) -> Int {
      var (low, high) = (0, rows.count)
      while low < high {
        let middle = (low + high) / 2
        if rows[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
      }
      return low
    }

    mutating func removeFirst() -> Journal.Row {
      let row = rows.removeFirst()
      bytes -= row.byteCount
      return row
    }

    mutating func removeAll(where isGone: (Journal.Row) -> Bool) {
      rows.removeAll { row in
        guard isGone(row) else { return false }
        bytes -= row.byteCount
        return true
      }
    }
  }

  private var successes = Lane()
  private var refusals = Lane()

  var count: Int { successes.rows.count + refusals.rows.count }

  private var bytes: Int { successes.bytes + refusals.bytes }

  /// Adds the newest entry.
  mutating func append(_ row: Journal.Row, isRefusal: Bool) {
    if isRefusal {
      refusals.rows.append(row)
      refusals.bytes += row.byteCount
    } else {
      successes.rows.append(row)
      successes.bytes += row.byteCount
    }
  }

  /// Takes out the entry that has to make room for newer ones; nil when all have room. The newest
  /// one always has.
  ///
  /// - Returns: The entry, and whether it is a refusal.
  mutating func makeRoom(within limits: JournalLimits) -> (row: Journal.Row, isRefusal: Bool)? {
    guard count > 1 else { return nil }
    let takesRefusal: Bool
    if count > limits.entries {
      takesRefusal = refusals.rows.count > limits.entries / 2
    } else if bytes > limits.bytes {
      takesRefusal = refusals.bytes > limits.bytes / 2
    } else {
      return nil
    }
    // One alone in its lane may be the newest, which stays.
    let isRefusal =
      takesRefusal
      ? !isNewest(refusals, than: successes)
      : isNewest(successes, than: refusals)
    return (isRefusal ? refusals.removeFirst() : successes.removeFirst(), isRefusal)
  }

  /// Whether a lane has nothing but the newest of all entries, or nothing at all.
  private func isNewest(_ lane: borrowing Lane, than other: borrowing Lane) -> Bool {
    guard lane.rows.count < 2, !other.rows.isEmpty else { return false }
    guard let last = lane.rows.last?.sequence else { return true }
    return last > other.rows[other.rows.count - 1].sequence
  }

  /// Removes entries.
  mutating func removeAll(where isGone: (Journal.Row) -> Bool) {
    successes.removeAll(where: isGone)
    refusals.removeAll(where: isGone)
  }

  /// Visits the entries after a number, oldest first, as long as `body` returns true.
  func visit(after sequence: Int64 = 0, _ body: (Journal.Row) -> Bool) {
    var (left, right) = (successes.start(after: sequence), refusals.start(after: sequence))
    while true {
      let success = left < successes.rows.count ? successes.rows[left] : nil
      let refusal = right < refusals.rows.count ? refusals.rows[right] : nil
      let next: Journal.Row
      switch (success, refusal) {
      case (nil, nil): return
      case (let row?, nil): next = row
      case (nil, let row?): next = row
      case (let first?, let second?): next = first.sequence < second.sequence ? first : second
      }
      if next.sequence == success?.sequence { left += 1 } else { right += 1 }
      guard body(next) else { return }
    }
  }

  /// Visits all entries, newest first, as long as `body` returns true.
  func visitBackwards(_ body: (Journal.Row) -> Bool) {
    var (left, right) = (successes.rows.count - 1, refusals.rows.count - 1)
    while left >= 0 || right >= 0 {
      let takesSuccess =
        right < 0
        || left >= 0 && successes.rows[left].sequence > refusals.rows[right].sequence
      let next = takesSuccess ? successes.rows[left] : refusals.rows[right]
      if takesSuccess { left -= 1 } else { right -= 1 }
      guard body(next) else { return }
    }
  }

  /// How many entries after a number a condition accepts.
  func count(after sequence: Int64, where accepts: (JournalEntry) -> Bool) -> Int {
    var count = 0
    visit(after: sequence) { row in
      if accepts(row.entry) { count += 1 }
      return true
    }
    return count
  }
}
