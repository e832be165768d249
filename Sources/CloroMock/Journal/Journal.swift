import CloroContract
import Platform
import Simulation
import Synchronization

/// How much the journal keeps. Half of both numbers is the refusals', which successes don't push
/// out.
public struct JournalLimits: Sendable, Hashable {
  /// Entries, 0 or more; 0 switches the journal off. The default is 10,000.
  public var entries = 10_000
  /// Bytes that all entries take, about, 0 or more; 0 switches the journal off. The default is
  /// 64 MiB.
  public var bytes = 64 * 1024 * 1024

  /// The defaults.
  public init() {}
}

/// The recorded requests: a new entry drops the oldest ones when there are too many, or when they
/// take too much memory.
///
/// It also counts all requests for the metrics, so that a request takes one lock for both.
final class Journal: Sendable {
  /// An entry with its number; numbers rise by 1 with each recorded request.
  struct Row: Sendable {
    let sequence: Int64
    /// The entry's approximate size in bytes. It is stored here so that dropping an entry doesn't
    /// read memory that has long left the processor's caches.
    let byteCount: Int
    let entry: JournalEntry
  }

  /// Consecutive entries of the journal.
  struct Page: Sendable {
    let rows: [Row]
    /// How many entries, of all organizations, were dropped since the journal was last cleared.
    let dropped: Int64
    /// How many of those were refusals.
    let droppedRefusals: Int64
  }

  /// What somebody waits for.
  private struct Wish {
    let filter: JournalFilter
    /// Only entries after this number count.
    let sequence: Int64
    let count: Int
    var found: Int
  }

  /// Those who wait for entries; told whether they came.
  private typealias EntryWaiters = Waiters<Wish, Bool>

  /// A reader that is told of new entries.
  private struct Listener {
    let filter: JournalFilter
    let told: @Sendable () -> Void
    /// The number of the last entry that it has received.
    var cursor: Int64
    /// How many entries matching its filter were dropped before it received them.
    var missed: Int64 = 0
  }

  private struct State {
    var ring = JournalRing()
    var last: Int64 = 0
    var dropped: Int64 = 0
    var droppedRefusals: Int64 = 0
    /// The number of dropped entries since the start.
    var droppedInAll: Int64 = 0
    /// The highest number of an entry that was dropped.
    var droppedThrough: Int64 = 0
    var counts = RequestCounts()
    var waiters = EntryWaiters()
    var lastListener: Int64 = 0
    /// Whether the double has stopped.
    var isEnded = false
    var listeners: [Int64: Listener] = [:]
  }

  /// Where waits end when their time is over, and where streams of entries are made.
  let background: SerialQueue
  private let limits: JournalLimits
  private let log: (@Sendable (JournalEntry) -> Void)?
  private let state = Mutex(State())

  /// - Parameters:
  ///   - background: Where waits end when their time is over, and where streams are made.
  ///   - log: Called with each request, even when the journal is off.
  init(
    limits: JournalLimits = JournalLimits(), background: SerialQueue = SerialQueue(),
    log: (@Sendable (JournalEntry) -> Void)? = nil
  ) {
    self.background = background
    self.limits = limits
    self.log = log
  }

  /// Whether entries are kept at all.
  var isOn: Bool { limits.entries > 0 && limits.bytes > 0 }

  // MARK: Writing

  /// Whether entries are used at all. If they aren't, a request is only counted.
  var wantsEntries: Bool { isOn || log != nil }

  /// Counts a request without recording an entry.
  func count(_ endpoint: Endpoint, status: Int?, _ rule: JournalReason.Rule) {
    state.withLock { $0.counts.count(endpoint, status: status, rule) }
  }

  /// Counts a request and records its entry.
  ///
  /// - Parameter isCounted: Whether it counts as a request. The default is true.
  func record(_ entry: JournalEntry, isCounted: Bool = true) {
    log?(entry)
    let (endpoint, status, rule) = (entry.endpoint, entry.status, entry.reason.rule)
    guard isOn else {
      if isCounted { count(endpoint, status: status, rule) }
      return
    }
    let size = entry.byteCount
    // Dropped entries are released after the lock, because that takes time. There is rarely more
    // than one.
    var (oldest, dropped): ((Row, isRefusal: Bool)?, [(Row, isRefusal: Bool)]) = (nil, [])
    var (woken, told): ([EntryWaiters.Waiter], [@Sendable () -> Void]) = ([], [])
    state.withLock { state in
      if isCounted { state.counts.count(endpoint, status: status, rule) }
      state.last += 1
      state.ring.append(
        Row(sequence: state.last, byteCount: size, entry: entry), isRefusal: !rule.isAnswered)
      while let gone = state.ring.makeRoom(within: limits) {
        note(dropped: gone.row, isRefusal: gone.isRefusal, &state)
        if oldest == nil { oldest = gone } else { dropped.append(gone) }
      }
      if !state.waiters.isEmpty {
        woken = state.waiters.take { wish in
          if wish.filter.accepts(entry) { wish.found += 1 }
          return wish.found >= wish.count
        }
      }
      if !state.listeners.isEmpty { told = state.listeners.values.map(\.told) }
    }
    if let oldest { Self.count(dropped: oldest.0, isRefusal: oldest.isRefusal) }
    for gone in dropped { Self.count(dropped: gone.0, isRefusal: gone.isRefusal) }
    for waiter in woken { waiter.resume(returning: true) }
    for tell in told { tell() }
  }

  private static func count(dropped row: Row, isRefusal: Bool) {
    guard let organization = row.entry.key?.organization else { return }
    organization.journalDropped.add(1, ordering: .relaxed)
    if isRefusal { organization.journalDroppedRefusals.add(1, ordering: .relaxed) }
  }

  private func note(dropped row: Row, isRefusal: Bool, _ state: inout State) {
    state.dropped += 1
    if isRefusal { state.droppedRefusals += 1 }
    state.droppedInAll += 1
    state.droppedThrough = max(state.droppedThrough, row.sequence)
    for (id, listener) in state.listeners
    where listener.cursor < row.sequence && listener.filter.accepts(row.entry) {
      state.listeners[id]!.missed += 1
    }
  }

  /// Removes the entries that ``page(_:since:limit:)`` would return, and with those of a whole
  /// journal the count of dropped ones. Waiting callers start counting again.
  func clear(_ filter: JournalFilter = JournalFilter(), since: Int64? = nil, limit: Int = .max) {
    state.withLock { state in
      if filter == JournalFilter(), since == nil, limit == .max {
        state.ring = JournalRing()
        (state.dropped, state.droppedRefusals) = (0, 0)
      } else if since == nil, limit == .max {
        state.ring.removeAll { filter.accepts($0.entry) }
      } else {
        let gone = Set(Self.rows(of: state.ring, filter, since: since, limit).map(\.sequence))
        state.ring.removeAll { gone.contains($0.sequence) }
      }
      let ring = state.ring
      _ = state.waiters.take { wish in
        wish.found = ring.count(after: wish.sequence, where: wish.filter.accepts)
        return false
      }
    }
  }

  // MARK: Reading

  /// The entries that a filter accepts, oldest first.
  ///
  /// - Parameters:
  ///   - since: The number of the last entry already seen; nil asks for the newest entries.
  ///   - limit: The most entries: the first ones after `since`, or else the last ones.
  func page(_ filter: JournalFilter = JournalFilter(), since: Int64? = nil, limit: Int = .max)
    -> Page
  {
    let (ring, dropped, refusals) = state.withLock {
      ($0.ring, $0.dropped, $0.droppedRefusals)
    }
    return Page(
      rows: Self.rows(of: ring, filter, since: since, limit), dropped: dropped,
      droppedRefusals: refusals)
  }

  private static func rows(
    of ring: JournalRing, _ filter: JournalFilter, since: Int64?, _ limit: Int
  ) -> [Row] {
    guard limit > 0 else { return [] }
    var found: [Row] = []
    let visit = { (row: Row) -> Bool in
      if filter.accepts(row.entry) { found.append(row) }
      return found.count < limit
    }
    if let since {
      ring.visit(after: since, visit)
    } else {
      ring.visitBackwards(visit)
      found.reverse()
    }
    return found
  }

  /// The number of the last entry; 0 before the first.
  var last: Int64 { state.withLock { $0.last } }

  /// The entries that a listener has not received yet.
  struct Continuation: Sendable {
    /// Consecutive entries, whether the filter accepts them or not.
    let rows: [Row]
    /// How many entries that it wants were dropped before these.
    let missed: Int64
    /// The number of the last entry that it was given by now.
    let cursor: Int64
  }

  /// The next entries of a listener.
  func next(of listener: Int64, atMost limit: Int) -> Continuation {
    state.withLock { state in
      guard let reader = state.listeners[listener] else {
        return Continuation(rows: [], missed: 0, cursor: state.last)
      }
      var rows: [Row] = []
      if limit > 0 {
        state.ring.visit(after: reader.cursor) { row in
          rows.append(row)
          return rows.count < limit
        }
      }
      state.listeners[listener]!.missed = 0
      if let last = rows.last { state.listeners[listener]!.cursor = last.sequence }
      return Continuation(
        rows: rows, missed: reader.missed, cursor: rows.last?.sequence ?? reader.cursor)
    }
  }

  /// The counts since the start, the number of entries kept, and how many were dropped in all.
  var statistics: (counts: RequestCounts, kept: Int, dropped: Int64) {
    state.withLock { ($0.counts, $0.ring.count, $0.droppedInAll) }
  }

  // MARK: Waiting

  /// How many callers wait for entries.
  var waiting: Int { state.withLock { $0.waiters.count } }

  /// Waits until the journal holds that many entries that a filter accepts.
  ///
  /// - Parameters:
  ///   - sequence: Only entries after this number count. The default is 0.
  ///   - milliseconds: The longest wait, in real time, because the double's clock may stand still.
  ///     nil waits until the double stops. The wait ends at once when the task is cancelled.
  /// - Returns: Whether there were that many.
  func wait(
    for filter: JournalFilter, after sequence: Int64 = 0, count: Int, milliseconds: Int64?
  ) async -> Bool {
    let id = state.withLock { $0.waiters.makeID() }
    let timeout = milliseconds.map { milliseconds in
      WallTimer(milliseconds: milliseconds, on: background) { [weak self] in self?.giveUp(id) }
    }
    defer { timeout?.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone: Bool? = state.withLock { state in
          let found = state.ring.count(after: sequence, where: filter.accepts)
          if found >= count { return true }
          // A later cancellation finds the waiter in the list.
          if timeout?.isOver == true || Task.isCancelled || state.isEnded { return false }
          let wish = Wish(filter: filter, sequence: sequence, count: count, found: found)
          state.waiters.add(wish, id: id) { continuation.resume(returning: $0) }
          return nil
        }
        if let isDone { continuation.resume(returning: isDone) }
      }
    } onCancel: {
      giveUp(id)
    }
  }

  private func giveUp(_ id: EntryWaiters.ID) {
    state.withLock { $0.waiters.remove(id) }?.resume(returning: false)
  }

  /// Ends all waits without success, because no more requests arrive.
  func endWaits() {
    let waiters = state.withLock { state in
      state.isEnded = true
      return state.waiters.takeAll()
    }
    for waiter in waiters { waiter.resume(returning: false) }
  }

  /// Calls `told` after each entry, from any thread, until the listener is removed.
  ///
  /// - Parameters:
  ///   - filter: The entries that the listener wants, so that dropped ones can be counted.
  ///   - cursor: The number of the last entry that the listener has.
  func listen(
    _ filter: JournalFilter, after cursor: Int64, _ told: @escaping @Sendable () -> Void
  ) -> Int64 {
    state.withLock { state in
      state.lastListener += 1
      // Of entries dropped earlier only the numbers are known, so they are counted only without a
      // filter.
      var missed: Int64 = 0
      if filter == JournalFilter(), cursor < state.droppedThrough {
        missed = state.droppedThrough - cursor
        state.ring.visit(after: cursor) { row in
          guard row.sequence <= state.droppedThrough else { return false }
          missed -= 1
          return true
        }
      }
      state.listeners[state.lastListener] = Listener(
        filter: filter, told: told, cursor: cursor, missed: missed)
      return state.lastListener
    }
  }

  func removeListener(_ id: Int64) { state.withLock { _ = $0.listeners.removeValue(forKey: id) } }
}
