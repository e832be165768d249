import Simulation

/// The life of a task's report on its way to a webhook, as a pure state machine: events and times
/// in, actions out.
///
/// ```
/// queued ──▶ under way ── failed ──▶ awaiting its retry ──▶ queued …
///    │ ▲                └─ delivered, or failed for the last time ──▶ over
///    ▼ │
/// held back
/// ```
///
/// These are its planned attempts, of which there is never more than one. Others are made beside
/// them, by hand or because a fault doubles an attempt: they change nothing unless one is
/// delivered.
struct DeliveryLife: Sendable {
  /// Where the planned attempt stands.
  enum Attempt: Equatable, Sendable {
    /// It waits for a place at its receiver.
    case queued
    /// A fault holds it back until another delivery was sent.
    case heldBack
    case underWay
    case awaitingRetry(due: Timestamp)
  }

  enum Phase: Equatable, Sendable {
    /// Neither delivered nor collected nor given up.
    case open(Attempt)
    /// What is left is a planned attempt that was on its way when another one was delivered: it
    /// takes its course, and no retry follows.
    case over(Attempt?)
  }

  /// What is to be done after an event, in this order.
  enum Action: Equatable, Sendable {
    /// Take back the timer that was set last.
    case cancelTimer
    /// Ask for a place at the receiver; ``begun()`` or ``heldBack()`` is due.
    case enqueue(isReleased: Bool)
    /// Call ``retryDue()`` at that moment.
    case setRetryTimer(Timestamp)
    /// Call ``released()`` if nothing else does before long.
    case setReleaseTimer
    /// Note at the task that its report was delivered.
    case noteDelivery
  }

  private(set) var phase = Phase.open(.queued)
  /// When the planned attempt was due that is queued or under way; nil for the first, and for one
  /// that a snapshot has brought back.
  private(set) var due: Timestamp?

  var isOver: Bool { if case .over = phase { true } else { false } }

  private var attempt: Attempt? {
    switch phase {
    case .open(let attempt): attempt
    case .over(let attempt): attempt
    }
  }

  private mutating func move(to attempt: Attempt) {
    phase = isOver ? .over(attempt) : .open(attempt)
  }

  // MARK: The planned attempt

  /// The attempt has its place, and is sent.
  mutating func begun() throws(ImpossibleEvent) {
    guard attempt == .queued else { throw impossible("an attempt's beginning") }
    move(to: .underWay)
  }

  /// The attempt has its place, and a fault holds it back.
  mutating func heldBack() throws(ImpossibleEvent) -> [Action] {
    guard attempt == .queued else { throw impossible("being held back") }
    move(to: .heldBack)
    return [.setReleaseTimer]
  }

  /// Another delivery was sent, or none was for long.
  ///
  /// - Returns: nil when it isn't held back: somebody else has released it, or it was delivered by
  ///   hand.
  mutating func released() -> [Action]? {
    guard attempt == .heldBack else { return nil }
    move(to: .queued)
    return [.cancelTimer, .enqueue(isReleased: true)]
  }

  /// The receiver has taken the attempt.
  mutating func delivered() throws(ImpossibleEvent) -> [Action] {
    guard attempt == .underWay else { throw impossible("a planned attempt's success") }
    phase = .over(nil)
    return [.noteDelivery]
  }

  /// The attempt has failed.
  ///
  /// - Parameter retry: When the plan tries again; nil when it gives up.
  mutating func failed(retryAt retry: Timestamp?) throws(ImpossibleEvent) -> [Action] {
    guard attempt == .underWay else { throw impossible("a planned attempt's failure") }
    guard !isOver, let retry else {
      phase = .over(nil)
      return []
    }
    return awaitRetry(retry)
  }

  private mutating func awaitRetry(_ retry: Timestamp) -> [Action] {
    due = retry
    phase = .open(.awaitingRetry(due: retry))
    return [.setRetryTimer(retry)]
  }

  /// The moment of the retry has come.
  ///
  /// - Returns: nil when none is awaited any more: it was delivered by hand at that very moment.
  mutating func retryDue() -> [Action]? {
    guard case .open(.awaitingRetry) = phase else { return nil }
    phase = .open(.queued)
    return [.enqueue(isReleased: false)]
  }

  // MARK: Other ends

  /// The receiver has taken an attempt beside the plan.
  mutating func deliveredBesides() -> [Action] {
    switch attempt {
    case .queued: phase = .over(.queued)
    case .underWay: phase = .over(.underWay)
    case .heldBack, .awaitingRetry:
      phase = .over(nil)
      return [.cancelTimer, .noteDelivery]
    case nil: break
    }
    return [.noteDelivery]
  }

  /// It was recorded instead of being sent, as its settings say.
  mutating func collected() throws(ImpossibleEvent) {
    switch phase {
    case .open(.queued), .over(nil): phase = .over(nil)
    case .open, .over: throw impossible("being collected")
    }
  }

  /// Nothing is sent any more: what is held back is given up.
  mutating func closed() -> [Action] {
    guard attempt == .heldBack else { return [] }
    phase = .over(nil)
    return [.cancelTimer]
  }

  // MARK: Snapshots

  /// It is brought back by a snapshot: what was on its way, or held back, is sent again.
  ///
  /// - Parameter moment: When the snapshot was taken. What was left until a retry then is left
  ///   again.
  mutating func resumed(at now: Timestamp, savedAt moment: Timestamp) -> [Action] {
    guard case .open(let attempt) = phase else {
      phase = .over(nil)
      return []
    }
    guard attempt != .heldBack, let due else {
      due = nil
      phase = .open(.queued)
      return [.enqueue(isReleased: true)]
    }
    return awaitRetry(now.advanced(by: max(0, due.nanoseconds - moment.nanoseconds)))
  }

  private func impossible(_ event: String) -> ImpossibleEvent {
    let name =
      switch attempt {
      case .queued: "queued"
      case .heldBack: "held back"
      case .underWay: "under way"
      case .awaitingRetry: "awaiting its retry"
      case nil: "finished"
      }
    return ImpossibleEvent(event: event, phase: isOver ? "over and \(name)" : name)
  }
}
