import Simulation

/// The delivery of a task's report to its webhook, as a pure state machine: events and times
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
  /// The identifier of the delivery of a task's report.
  static func id(of task: Identifier) -> String {
    var hash = StableHash()
    hash.combine("delivery")
    hash.combine(task.text)
    return Identifier(hash.value).text
  }

  /// The state of the planned attempt.
  enum Attempt: Equatable, Sendable {
    /// It waits for a place at its receiver.
    case queued
    /// A fault holds it back until another delivery has been sent.
    case heldBack
    case underWay
    case awaitingRetry(due: Timestamp)
  }

  enum Phase: Equatable, Sendable {
    /// Neither delivered nor collected nor given up.
    case open(Attempt)
    /// Finished. If another attempt was delivered while a planned one was under way, the planned
    /// attempt is still finished, but not retried.
    case over(Attempt?)
  }

  /// What is to be done after an event, in this order.
  enum Action: Equatable, Sendable {
    /// Cancel the timer that was set last.
    case cancelTimer
    /// Request a place at the receiver; ``begun()`` or ``heldBack()`` must follow.
    case enqueue(isReleased: Bool)
    /// Call ``retryDue()`` at that moment.
    case setRetryTimer(Timestamp)
    /// Call ``released()`` after some time if nothing else does before.
    case setReleaseTimer
    /// Record at the task that its report was delivered.
    case noteDelivery
  }

  init() {}

  /// A life as it was before; it goes on when it is ``resumed(at:savedAt:)``.
  init(_ phase: Phase, due: Timestamp?) {
    self.phase = phase
    self.due = due
  }

  private(set) var phase = Phase.open(.queued)
  /// When the present planned attempt was due; nil for the first one, and for one that a snapshot
  /// has restored.
  private(set) var due: Timestamp?

  var isOver: Bool { if case .over = phase { true } else { false } }

  /// When the next planned attempt is due; nil when none is awaited.
  var retryAt: Timestamp? {
    if case .open(.awaitingRetry(let due)) = phase { due } else { nil }
  }

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

  /// The attempt has its place and is being sent.
  mutating func begun() throws(ImpossibleEvent) {
    guard attempt == .queued else { throw impossible("an attempt's beginning") }
    move(to: .underWay)
  }

  /// The attempt has its place, but a fault holds it back.
  mutating func heldBack() throws(ImpossibleEvent) -> [Action] {
    guard attempt == .queued else { throw impossible("being held back") }
    move(to: .heldBack)
    return [.setReleaseTimer]
  }

  /// Another delivery was sent, or none was sent for some time.
  ///
  /// - Returns: nil when it isn't held back any more: it was released before, or delivered by hand.
  mutating func released() -> [Action]? {
    guard attempt == .heldBack else { return nil }
    move(to: .queued)
    return [.cancelTimer, .enqueue(isReleased: true)]
  }

  /// The receiver has accepted the attempt.
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
  /// - Returns: nil when no retry is awaited any more, because it was delivered by hand at the same
  ///   moment.
  mutating func retryDue() -> [Action]? {
    guard case .open(.awaitingRetry) = phase else { return nil }
    phase = .open(.queued)
    return [.enqueue(isReleased: false)]
  }

  // MARK: Other ends

  /// The receiver has accepted an attempt outside the plan.
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

  /// It was recorded instead of being sent, as the settings require.
  mutating func collected() throws(ImpossibleEvent) {
    switch phase {
    case .open(.queued), .over(nil): phase = .over(nil)
    case .open, .over: throw impossible("being collected")
    }
  }

  /// No more attempts are sent: a held attempt is dropped.
  mutating func closed() -> [Action] {
    guard attempt == .heldBack else { return [] }
    phase = .over(nil)
    return [.cancelTimer]
  }

  // MARK: Snapshots

  /// It is restored from a snapshot: an attempt that was under way or held back is sent again.
  ///
  /// - Parameter moment: When the snapshot was taken. The time that remained until a retry then
  ///   remains again.
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
