import Simulation

/// An asynchronous task's life as a pure state machine: events and the time in, actions out.
///
/// ```
/// queued ── picked up ──▶ running ── end asked for ──▶ settling ── charged, or not ──▶ ended
///   ▲                        │ the attempt has failed
///   └── it is time ─── backing off
/// ```
///
/// A task may also be ended while it is queued or backs off. One that fails without a charge ends
/// at once, or settles until its failure is written where that has to be done first.
struct TaskLife: Sendable {
  enum Phase: Sendable {
    /// In the queue.
    case queued
    /// It was picked up and holds a slot.
    case running(Run)
    /// An attempt has failed, and the next one isn't due yet. It counts as queued.
    case backingOff(BackOff)
    /// It is being ended; its charge is not yet decided, or its failure not yet written.
    case settling(Settling)
    case ended(End)
  }

  /// When it goes on by itself: it ends, its attempt fails, or the next one is due. nil when it
  /// waits for a slot, for reads or for a release, or is over.
  var due: Timestamp? {
    switch phase {
    case .running(let run):
      switch run.pace {
      case .latency(let due), .timeOut(let due): due
      case .suspended(let due, _): due
      case .immediate, .polls, .held, .upstream: nil
      }
    case .backingOff(let backOff): backOff.due
    case .queued, .settling, .ended: nil
    }
  }

  /// What has been fixed at the pick-up.
  struct Run: Sendable {
    fileprivate(set) var slot: ConcurrencySlots.Slot
    /// The stub that answers it; nil when the provider's result is the answer.
    let stub: CountedRule<Stub>?
    fileprivate(set) var pace: Pace
  }

  /// What ends a running task.
  enum Pace: Sendable {
    /// It ends at once.
    case immediate
    /// Its latency, which ends at this moment.
    case latency(until: Timestamp)
    /// Its latency is longer than an attempt may take, so the attempt fails at this moment.
    case timeOut(at: Timestamp)
    /// A certain number of reads.
    case polls
    /// It waits to be released by hand.
    case held
    /// It waits for the real service, whose answer is its own.
    case upstream
    /// A snapshot has brought it back, and it hasn't been resumed yet. Carries when its latency
    /// would have passed or its attempt failed.
    case suspended(due: Timestamp?, timesOut: Bool)
  }

  /// The wait for the next attempt.
  struct BackOff: Sendable {
    let due: Timestamp
    /// Whether a snapshot has brought it back, and it hasn't been resumed yet.
    fileprivate(set) var isSuspended = false

    init(due: Timestamp, isSuspended: Bool = false) {
      self.due = due
      self.isSuspended = isSuspended
    }
  }

  struct Settling: Sendable {
    /// nil when the task is ended while it isn't running.
    let run: Run?
    /// A result given by hand, as JSON text.
    let given: [UInt8]?
    fileprivate var waiters = Waiters<Void, Void>()
  }

  struct End: Sendable {
    let at: Timestamp
    let outcome: Outcome
    /// nil when it wasn't running.
    let run: Run?
  }

  enum Outcome: Sendable {
    case completed(Answer, charged: Int64)
    /// Carries the error object, as JSON text. Nothing was charged.
    case failed([UInt8])
  }

  /// What the `response` of a completed task is made from.
  enum Answer: Sendable {
    /// The provider's result, rendered when it is read.
    case result
    /// A result given by hand, as JSON text.
    case given([UInt8])
  }

  /// What is to be done after an event, in this order.
  enum Action: Sendable {
    /// End the task when that moment has come.
    case setCompletionTimer(Timestamp)
    /// Report then that the attempt has failed, or that the next one is due.
    case setAttemptTimer(Timestamp)
    /// Put it back into the queue.
    case requeue
    /// End the task now.
    case complete
    /// Charge it; ``charged(_:at:)``, ``notCharged(_:at:)`` or ``settlementLost()`` is due.
    case charge
    /// Write that it fails with this error, as JSON text; ``notCharged(_:at:)`` or
    /// ``settlementLost()`` is due.
    case writeFailure([UInt8])
    case releaseSlot(ConcurrencySlots.Slot)
    /// Cancel the timer that was set last, if there is one.
    case cancelTimer
    /// Remove its record when it is a day old.
    case setExpiryTimer
    /// Resume those who have waited for its end.
    case resume([Waiters<Void, Void>.Waiter])
    /// Keep its result's pages for `html` links.
    case keepPages
    /// Report it to its webhook, if it has one.
    case report
    /// A slot may be free: start the next task.
    case startNext
  }

  init() {}

  /// A life as it was before; it goes on when it is ``restored(slot:)`` and resumed.
  init(_ phase: Phase, reads: Int, startedAt: Timestamp?, failedAttempts: Int) {
    self.phase = phase
    self.reads = reads
    self.startedAt = startedAt
    self.failedAttempts = failedAttempts
  }

  private(set) var phase = Phase.queued
  /// How often it was read before its end.
  private(set) var reads = 0
  /// When its first attempt began; nil before.
  private(set) var startedAt: Timestamp?
  /// How many of its attempts have failed.
  private(set) var failedAttempts = 0

  /// The name of ``phase`` in an ``ImpossibleEvent``.
  private var name: String {
    switch phase {
    case .queued: "queued"
    case .running: "running"
    case .backingOff: "backing off"
    case .settling: "settling"
    case .ended: "ended"
    }
  }

  // MARK: Pick-up

  /// It was picked up.
  mutating func pickedUp(
    at now: Timestamp, slot: ConcurrencySlots.Slot, stub: CountedRule<Stub>?, pace: Pace
  ) throws(ImpossibleEvent) -> [Action] {
    guard case .queued = phase else { throw impossible("a pick-up") }
    startedAt = startedAt ?? now
    phase = .running(Run(slot: slot, stub: stub, pace: pace))
    return Self.actions(of: pace)
  }

  /// It was refused at the pick-up, because the balance was too small or its payload isn't valid
  /// any more. That is no pick-up, and the caller continues with the next one.
  ///
  /// - Parameter error: The error object, as JSON text.
  mutating func turnedDown(
    _ error: [UInt8], at now: Timestamp
  ) throws(ImpossibleEvent) -> [Action] {
    guard case .queued = phase else { throw impossible("a refusal at the pick-up") }
    phase = .ended(End(at: now, outcome: .failed(error), run: nil))
    return [.setExpiryTimer, .report]
  }

  /// It was released by hand.
  ///
  /// - Parameter pace: What ends the task.
  /// - Returns: nil when it isn't held, so that there is nothing to release.
  mutating func released(_ pace: Pace) -> [Action]? {
    guard case .running(var run) = phase, case .held = run.pace else { return nil }
    run.pace = pace
    phase = .running(run)
    return Self.actions(of: pace)
  }

  private static func actions(of pace: Pace) -> [Action] {
    switch pace {
    case .immediate: [.complete]
    case .latency(let due): [.setCompletionTimer(due)]
    case .timeOut(let due): [.setAttemptTimer(due)]
    case .polls, .held, .upstream, .suspended: []
    }
  }

  // MARK: Attempts

  /// The attempt has taken longer than it may.
  ///
  /// - Parameters:
  ///   - retryAt: When the next attempt is due; nil when this was the last one.
  ///   - error: The error object of a task without further attempts, as JSON text.
  ///   - isWritten: Whether a failure has to be written before anybody may see it.
  /// - Returns: nil when it isn't running any more: another event was first.
  mutating func timedOut(
    at now: Timestamp, retryAt: Timestamp?, _ error: [UInt8], isWritten: Bool = false
  ) -> [Action]? {
    guard case .running(let run) = phase, case .timeOut = run.pace else { return nil }
    failedAttempts += 1
    guard let retryAt else { return failed(error, at: now, isWritten: isWritten) }
    phase = .backingOff(BackOff(due: retryAt))
    return [.releaseSlot(run.slot), .setAttemptTimer(retryAt), .startNext]
  }

  /// The next attempt is due.
  ///
  /// - Returns: nil when it isn't waiting for one.
  mutating func retryDue() -> [Action]? {
    guard case .backingOff = phase else { return nil }
    phase = .queued
    return [.requeue, .startNext]
  }

  // MARK: Its end

  /// Whether it has not ended and is not being ended.
  var isOpen: Bool {
    switch phase {
    case .queued, .running, .backingOff: true
    case .settling, .ended: false
    }
  }

  /// It is to be completed, if it can be charged.
  ///
  /// - Parameter given: A result given by hand, as JSON text.
  /// - Returns: nil when it isn't ``isOpen``: a task ends only once, and another event was first.
  mutating func endRequested(given: [UInt8]?) -> [Action]? {
    switch phase {
    case .queued: phase = .settling(Settling(run: nil, given: given))
    case .running(let run): phase = .settling(Settling(run: run, given: given))
    case .backingOff:
      phase = .settling(Settling(run: nil, given: given))
      return [.cancelTimer, .charge]
    case .settling, .ended: return nil
    }
    return [.charge]
  }

  /// It fails without having been charged: by hand, by a fault or by a stub.
  ///
  /// - Parameters:
  ///   - error: The error object, as JSON text.
  ///   - isWritten: Whether that has to be written before anybody may see it.
  /// - Returns: nil when it isn't ``isOpen``, as for ``endRequested(given:)``.
  mutating func failed(
    _ error: [UInt8], at now: Timestamp, isWritten: Bool = false
  ) -> [Action]? {
    guard !isWritten else {
      return endRequested(given: nil)?.map { action in
        if case .charge = action { .writeFailure(error) } else { action }
      }
    }
    return switch phase {
    case .queued: end(nil, .failed(error), now)
    case .running(let run): end(run, .failed(error), now)
    case .backingOff: [.cancelTimer] + end(nil, .failed(error), now)
    case .settling, .ended: nil
    }
  }

  /// The charge is committed.
  mutating func charged(_ credits: Int64, at now: Timestamp) throws(ImpossibleEvent) -> [Action] {
    guard case .settling(let settling) = phase else { throw impossible("a charge") }
    let answer = settling.given.map { Answer.given($0) } ?? .result
    return end(settling.run, .completed(answer, charged: credits), now, settling.waiters)
  }

  /// The charge was refused, or its failure is written.
  ///
  /// - Parameter error: The error object, as JSON text.
  mutating func notCharged(
    _ error: [UInt8], at now: Timestamp
  ) throws(ImpossibleEvent) -> [Action] {
    guard case .settling(let settling) = phase else { throw impossible("a refused charge") }
    return end(settling.run, .failed(error), now, settling.waiters)
  }

  /// Its organization is gone from the ledger, or the ledger is closed. The task will be removed
  /// too, so those who wait for its end are resumed.
  mutating func settlementLost() throws(ImpossibleEvent) -> [Action] {
    guard case .settling(var settling) = phase else { throw impossible("a lost charge") }
    let waiters = settling.waiters.takeAll()
    phase = .settling(settling)
    return [.resume(waiters)]
  }

  private mutating func end(
    _ run: Run?, _ outcome: Outcome, _ now: Timestamp,
    _ waiters: Waiters<Void, Void> = Waiters()
  ) -> [Action] {
    var waiters = waiters
    phase = .ended(End(at: now, outcome: outcome, run: run))
    var actions: [Action] = []
    actions.reserveCapacity(7)
    if let run {
      actions.append(.releaseSlot(run.slot))
      actions.append(.cancelTimer)
    }
    actions.append(.setExpiryTimer)
    actions.append(.resume(waiters.takeAll()))
    if case .completed(.result, _) = outcome { actions.append(.keepPages) }
    actions.append(.report)
    actions.append(.startNext)
    return actions
  }

  // MARK: Reading and waiting

  /// The result of a read.
  enum Reading: Equatable, Sendable {
    /// The task as it is, and whether this read ends it.
    case seen(isLast: Bool)
    /// The task is being ended: the reader waits for its end.
    case waits
  }

  /// A client reads it.
  ///
  /// - Parameters:
  ///   - polls: How many reads end a running task; nil when reads don't end it.
  ///   - ended: Called after its end, if the reader has to wait for that.
  mutating func read(polls: Int?, ended: @escaping @Sendable () -> Void) -> Reading {
    switch phase {
    case .queued, .backingOff:
      reads += 1
      return .seen(isLast: false)
    case .running:
      reads += 1
      return .seen(isLast: polls.map { reads >= $0 } ?? false)
    case .settling:
      _ = waitForEnd(ended)
      return .waits
    case .ended: return .seen(isLast: false)
    }
  }

  /// Waits for the end of a task that is being ended.
  ///
  /// - Returns: Whether it is being ended.
  mutating func waitForEnd(_ ended: @escaping @Sendable () -> Void) -> Bool {
    guard case .settling(var settling) = phase else { return false }
    settling.waiters.add(ended)
    phase = .settling(settling)
    return true
  }

  // MARK: Removal and snapshots

  /// Its organization is gone, and the task with it.
  func retired() -> [Action] {
    switch phase {
    case .queued: []
    case .running, .backingOff, .ended: [.cancelTimer]
    case .settling(var settling): [.cancelTimer, .resume(settling.waiters.takeAll())]
    }
  }

  /// It is restored from a snapshot, which was taken while no task was being ended.
  ///
  /// - Parameter slot: Takes a slot for it.
  mutating func restored(slot: () -> ConcurrencySlots.Slot) throws(ImpossibleEvent) {
    switch phase {
    case .queued, .ended: break
    case .running(var run):
      run.slot = slot()
      run.pace =
        switch run.pace {
        case .latency(let due): .suspended(due: due, timesOut: false)
        case .timeOut(let due): .suspended(due: due, timesOut: true)
        default: .suspended(due: nil, timesOut: false)
        }
      phase = .running(run)
    case .backingOff(let backOff):
      phase = .backingOff(BackOff(due: backOff.due, isSuspended: true))
    case .settling: throw impossible("a restore")
    }
  }

  /// It continues after it was ``restored(slot:)``.
  ///
  /// - Parameters:
  ///   - moment: When the snapshot was taken. What was left of a latency then is left again.
  ///   - pace: What a running task without a latency goes on by.
  /// - Returns: nil when there is nothing to resume: it waits in the queue, or was picked up since.
  mutating func resumed(
    at now: Timestamp, savedAt moment: Timestamp, pace: (Run) -> Pace
  ) -> [Action]? {
    switch phase {
    case .running(var run):
      guard case .suspended(let due, let timesOut) = run.pace else { return nil }
      run.pace =
        if let due = due.map({ now.advanced(by: $0.rest(at: moment)) }) {
          timesOut ? .timeOut(at: due) : .latency(until: due)
        } else {
          pace(run)
        }
      phase = .running(run)
      return Self.actions(of: run.pace)
    case .backingOff(let backOff):
      guard backOff.isSuspended else { return nil }
      let due = now.advanced(by: backOff.due.rest(at: moment))
      phase = .backingOff(BackOff(due: due))
      return [.setAttemptTimer(due)]
    case .queued, .settling: return nil
    case .ended(let end):
      // Another process has loaded it, and its pages are to be there too.
      if case .completed(.result, _) = end.outcome { return [.setExpiryTimer, .keepPages] }
      return [.setExpiryTimer]
    }
  }

  private func impossible(_ event: String) -> ImpossibleEvent {
    ImpossibleEvent(event: event, phase: name)
  }
}

extension Timestamp {
  /// The nanoseconds that are left to it at a moment, 0 when it has passed.
  fileprivate func rest(at moment: Timestamp) -> Int64 {
    max(0, nanoseconds - moment.nanoseconds)
  }
}

extension TaskLife {
  /// What was fixed at the last pick-up; nil before, between attempts, and when there was none.
  var run: Run? {
    switch phase {
    case .queued, .backingOff: nil
    case .running(let run): run
    case .settling(let settling): settling.run
    case .ended(let end): end.run
    }
  }

  /// Its end; nil before.
  var end: End? { if case .ended(let end) = phase { end } else { nil } }

  /// Whether it waits to be released by hand.
  var isHeld: Bool {
    if case .running(let run) = phase, case .held = run.pace { true } else { false }
  }

  /// Whether it waits for the real service.
  var isUpstream: Bool {
    if case .running(let run) = phase, case .upstream = run.pace { true } else { false }
  }

  /// The contract's name for its phase. Being ended doesn't show.
  var status: TaskStatus {
    switch phase {
    // [docs: the queue includes tasks that wait for another attempt]
    case .queued, .backingOff: .queued
    case .running: .processing
    case .settling(let settling): settling.run == nil ? .queued : .processing
    case .ended(let end):
      if case .completed = end.outcome { .completed } else { .failed }
    }
  }
}
