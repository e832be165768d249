import Platform
import Simulation
import Synchronization

/// The requests that wait: for their latency to pass, or to be released.
///
/// One that needs no wait is answered within the round of its loop in which it came, and never
/// stands here.
final class RequestsUnderWay: Sendable {
  enum State: String, Sendable, CaseIterable {
    /// Its latency passes, or its answer is on its way.
    case running
    /// It waits until it is released.
    case held
  }

  /// A request that waits.
  struct Row: Sendable {
    let call: Call
    /// Its number among all that have waited.
    let number: UInt64
    fileprivate(set) var state: State
    /// When its latency is over, on the double's clock; nil while it is held.
    fileprivate(set) var dueAt: Timestamp?
    /// The slot that it holds, from 1; nil for one that needs none.
    let slot: Int?
    /// What happens when it is released, and what ends the hold when nobody releases it.
    fileprivate var goOn: (@Sendable (_ isGivenUp: Bool) -> Void)?
    fileprivate var limit: WallTimer?
  }

  fileprivate struct Rows: Sendable {
    var all: [ObjectIdentifier: Row] = [:]
    var last: UInt64 = 0
  }

  /// How long a request is held at most, in milliseconds of real time: a test that forgets to
  /// release one must not hang.
  let limit: Int64
  private let background: SerialQueue
  private let rows = Mutex(Rows())

  /// - Parameters:
  ///   - limit: In milliseconds of real time.
  ///   - background: Where the limit is waited for.
  init(limit: Int64, background: SerialQueue) {
    self.limit = limit
    self.background = background
  }

  /// Notes that a request waits for its latency.
  func wait(_ call: Call, until dueAt: Timestamp, slot: Int?) {
    rows.withLock { $0.note(call, .running, dueAt: dueAt, slot: slot) }
  }

  /// Holds a request until it is released.
  ///
  /// - Parameter goOn: Called once, from any thread, with whether the limit has ended the hold.
  func hold(_ call: Call, slot: Int?, goOn: @escaping @Sendable (_ isGivenUp: Bool) -> Void) {
    rows.withLock { $0.note(call, .held, dueAt: nil, slot: slot, goOn) }
    let limit = WallTimer(milliseconds: limit, on: background) { [weak self, weak call] in
      if let call { _ = self?.release(call, isGivenUp: true) }
    }
    let isHeld = rows.withLock { rows in
      guard rows.all[ObjectIdentifier(call)]?.state == .held else { return false }
      rows.all[ObjectIdentifier(call)]?.limit = limit
      return true
    }
    if !isHeld { limit.cancel() }
  }

  /// Forgets a request that has ended.
  func remove(_ call: Call) {
    let row = rows.withLock { $0.all.removeValue(forKey: ObjectIdentifier(call)) }
    row?.limit?.cancel()
  }

  /// Those of an organization, or all, in the order of their arrival.
  func list(of organization: Organization?, _ state: State?) -> [Row] {
    rows.withLock { $0.all }.values.filter { row in
      (organization == nil || row.call.organization === organization)
        && (state == nil || row.state == state)
    }.sorted { ($0.call.arrival, $0.number) < ($1.call.arrival, $1.number) }
  }

  /// Lets a held request go on.
  ///
  /// - Returns: Whether it was held.
  @discardableResult
  func release(_ call: Call, isGivenUp: Bool = false) -> Bool {
    let row = rows.withLock { rows -> Row? in
      guard let row = rows.all[ObjectIdentifier(call)], row.state == .held else { return nil }
      rows.all[ObjectIdentifier(call)]?.state = .running
      rows.all[ObjectIdentifier(call)]?.goOn = nil
      rows.all[ObjectIdentifier(call)]?.limit = nil
      return row
    }
    guard let row else { return false }
    row.limit?.cancel()
    row.goOn?(isGivenUp)
    return true
  }
}

extension RequestsUnderWay.Rows {
  fileprivate mutating func note(
    _ call: Call, _ state: RequestsUnderWay.State, dueAt: Timestamp?, slot: Int?,
    _ goOn: (@Sendable (Bool) -> Void)? = nil
  ) {
    let known = all[ObjectIdentifier(call)]
    if known == nil { last += 1 }
    all[ObjectIdentifier(call)] = RequestsUnderWay.Row(
      call: call, number: known?.number ?? last, state: state, dueAt: dueAt, slot: slot,
      goOn: goOn)
  }
}
