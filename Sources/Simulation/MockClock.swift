import Platform
import Synchronization

/// The only source of simulated time, and of timers on it.
///
/// Timers fire one after the other, in the order of their times, on the clock's own queue.
public final class MockClock: Sendable {
  /// What a timer is for.
  public enum Kind: String, Sendable {
    /// A synchronous request's latency has passed; the id is the request's.
    case latency
    /// A task's latency has passed; the id is the task's.
    case completion
    /// A task's attempt has used up its time, or its next attempt is due; the id is the task's.
    case attempt
    /// A finished task's record expires; the id is the task's.
    case expiry
    /// A webhook delivery is retried; the id is the delivery's.
    case delivery
    /// A billing cycle has ended; the id is the organization's.
    case cycle
  }

  /// A timer that fired.
  public struct Fired: Sendable, Equatable {
    /// The time that it was set for.
    public let at: Timestamp
    /// What it was set for.
    public let kind: Kind
    /// The id of the request, task, delivery or organization.
    public let id: String

    package init(at: Timestamp, kind: Kind, id: String) {
      self.at = at
      self.kind = kind
      self.id = id
    }
  }

  /// Work that an advance waits for.
  public struct Work: Sendable, Equatable {
    /// `latency` for a request, `completion` for a task, `delivery` for a webhook.
    public let kind: Kind
    /// The id of the request, task or delivery.
    public let id: String
    /// The name of the organization whose work it is.
    public let owner: String?

    package init(kind: Kind, id: String, owner: String?) {
      self.kind = kind
      self.id = id
      self.owner = owner
    }
  }

  /// How an advance ended.
  public struct Advanced: Sendable {
    /// The timers that fired, in order.
    public let fired: [Fired]
    /// The work that the advance has waited for in vain: what was still under way when its time
    /// was over.
    public let unfinished: [Work]

    package init(fired: [Fired], unfinished: [Work]) {
      self.fired = fired
      self.unfinished = unfinished
    }
  }

  /// How long an advance waits for work that is under way, and for which.
  public struct Patience: Sendable {
    /// How long in all, in milliseconds of real time; what is left of the way is then gone without
    /// waiting. The default is 10,000.
    public var milliseconds: Int64
    /// The organization whose work is waited for; nil, the default, for everybody's.
    public var owner: String?
    /// Whether only work is waited for that begins after the advance has. The default is false.
    public var isForOwnOnly: Bool

    /// By default ten seconds for everybody's work.
    public init(milliseconds: Int64 = 10_000, owner: String? = nil, isForOwnOnly: Bool = false) {
      self.milliseconds = milliseconds
      self.owner = owner
      self.isForOwnOnly = isForOwnOnly
    }
  }

  /// Why a call on the clock was refused.
  public enum Refusal: Error, Sendable {
    /// Time only goes forward. Carries the clock's time.
    case backward(now: Timestamp)
  }

  fileprivate struct Timer: Sendable {
    let kind: Kind
    let id: String
    let body: @Sendable () -> Void
  }

  /// When somebody may move the time.
  private enum Need: Equatable {
    /// When no other advance is under way.
    case first
    /// Beside an advance that waits for work which doesn't concern this one.
    case besides
    /// To go on with an advance that has waited.
    case on
  }

  private struct State {
    var mode: ClockMode
    /// The simulated time at the monotonic time `anchor`, which was the real time `wall`.
    var base: Timestamp
    var anchor: Int64
    var wall: Int64
    /// Whether the clock has ever shown anything but real time.
    var hasLeftRealTime: Bool
    var timers = TimerQueue<Timer>()
    /// The simulated time for which `driver` is set.
    var armedFor: Timestamp?
    /// Fires what is due when time runs by itself.
    var driver: SerialQueue.Timer?
    /// How many advances are under way. They fire timers themselves.
    var advances = 0
    /// Whether one of them moves the time and fires timers. The others wait for work.
    var isMoving = false
    /// The latest time to which one of them goes.
    var furthest: Timestamp?
    /// Those who want to move the time.
    var movers = Waiters<Need, Bool>()

    var isAdvancing: Bool { advances > 0 }

    /// Whether somebody with such a need may move the time now.
    func admits(_ need: Need) -> Bool { Self.admits(need, (advances, isMoving)) }

    private static func admits(_ need: Need, _ present: (advances: Int, isMoving: Bool)) -> Bool {
      switch need {
      case .first: present.advances == 0
      case .besides, .on: !present.isMoving
      }
    }

    mutating func enter(_ need: Need) {
      if need != .on { advances += 1 }
      isMoving = true
    }

    /// Those who may move the time now: at most one.
    mutating func nextMover() -> Waiters<Need, Bool>.Waiter? {
      let present = (advances, isMoving)
      guard let next = movers.takeFirst(where: { Self.admits($0, present) }) else { return nil }
      enter(next.condition)
      return next
    }

    func now(_ monotonic: Int64) -> Timestamp {
      switch mode {
      case .manual: base
      case .real: base.advanced(by: monotonic - anchor)
      case .scaled(let factor):
        base.advanced(by: Int64(clamping: Double(monotonic - anchor) * factor))
      }
    }

    mutating func jump(to time: Timestamp, _ monotonic: Int64) {
      base = max(time, now(monotonic))
      anchor = monotonic
      wall = System.wallNanoseconds()
      hasLeftRealTime = true
    }
  }

  /// What others do when time is moved. A struct, because Swift wraps a closure that is a mutex's
  /// whole value once more each time it is read.
  private struct Surroundings {
    /// Processes everything that has arrived at the sockets, so that a request or a hang-up before
    /// an advance takes effect before it.
    var arrivals: @Sendable () async -> Void = {}
    /// Runs the timers that fire at one moment.
    var frame: @Sendable (() -> Void) -> Void = { $0() }
  }

  private let state: Mutex<State>
  private let queue = SerialQueue()
  /// Work begun by fired timers; an advance waits for its end.
  package let activity = Activity()
  private let surroundings = Mutex(Surroundings())

  /// Creates a clock that shows real time.
  ///
  /// - Parameter start: Where it begins instead; nil, the default, for real time.
  public init(mode: ClockMode, startingAt start: Timestamp? = nil) {
    let wall = System.wallNanoseconds()
    state = Mutex(
      State(
        mode: mode, base: start ?? Timestamp(milliseconds: wall / 1_000_000),
        anchor: System.monotonicNanoseconds(), wall: wall,
        hasLeftRealTime: mode != .real || start != nil))
  }

  /// Creates a clock that goes on where another one, of an earlier process, stood. Time that runs
  /// by itself has gone on meanwhile; manual time hasn't.
  ///
  /// - Parameter mode: Its mode from now on; nil, the default, for the one that it had.
  public convenience init(resuming standing: Standing, mode: ClockMode? = nil) {
    // Time doesn't go back, even if the real clock was set back.
    let passed = max(0, System.wallNanoseconds() - standing.wall)
    self.init(
      mode: mode ?? standing.mode,
      startingAt: standing.time.advanced(
        by: Int64(clamping: Double(passed) * standing.mode.factor)))
  }

  /// Where a clock stood at a moment, for a process that goes on with it.
  public struct Standing: Sendable, Equatable {
    /// How time passed.
    public let mode: ClockMode
    /// The time that it showed.
    public let time: Timestamp
    /// The real time at which it showed that, in nanoseconds since the Unix epoch.
    public let wall: Int64

    /// A time that the clock showed, and when.
    public init(mode: ClockMode, time: Timestamp, wall: Int64) {
      (self.mode, self.time, self.wall) = (mode, time, wall)
    }
  }

  /// Where the clock stands: the same value until its time or mode is changed; nil as long as it
  /// has shown nothing but real time.
  public var standing: Standing? {
    state.withLock { state in
      state.hasLeftRealTime
        ? Standing(mode: state.mode, time: state.base, wall: state.wall) : nil
    }
  }

  /// Starts the clock's thread. Without this call the first timer does.
  package func start() throws(SystemError) { try queue.start() }

  // MARK: Reading

  /// The double's time.
  public var now: Timestamp {
    let monotonic = System.monotonicNanoseconds()
    return state.withLock { $0.now(monotonic) }
  }

  /// How time passes.
  public var mode: ClockMode { state.withLock { $0.mode } }

  /// How many timers wait.
  package var pending: Int { state.withLock { $0.timers.count } }

  // MARK: Timers

  /// Calls `body` on the clock's queue after so many nanoseconds of simulated time.
  @discardableResult
  package func schedule(
    after nanoseconds: Int64, kind: Kind, id: String, _ body: @escaping @Sendable () -> Void
  ) -> TimerHandle {
    let monotonic = System.monotonicNanoseconds()
    return state.withLock { state in
      let time = state.now(monotonic).advanced(by: nanoseconds)
      let timer = Timer(kind: kind, id: id, body: body)
      let handle = TimerHandle(id: state.timers.insert(at: time, timer))
      arm(&state, monotonic)
      return handle
    }
  }

  /// Cancels a timer; does nothing when it has fired.
  package func cancel(_ handle: TimerHandle) {
    state.withLock { $0.timers.cancel(handle.id) }
  }

  /// Identifies a waiting timer.
  package struct TimerHandle: Sendable {
    fileprivate let id: TimerQueue<Timer>.ID
  }

  /// Has timers of one kind that differ only in an identifier.
  package protocol TimerOwner: AnyObject, Sendable {
    /// What its timers are for.
    static var timers: Kind { get }
    /// One of its timers fires, on the clock's queue.
    func timerFired(_ id: Identifier)
  }

  /// Identifies a waiting timer of an owner.
  package struct OwnedTimer: Sendable, Equatable {
    /// The time that it is set for.
    package let at: Timestamp
    /// Its number among all timers, from 1.
    package let number: UInt64

    package init(at: Timestamp, number: UInt64) {
      self.at = at
      self.number = number
    }
  }

  /// Calls the owner's ``TimerOwner/timerFired(_:)`` on the clock's queue at a time, or at once
  /// when that has passed. Such a timer takes some tens of bytes.
  package func schedule<Owner: TimerOwner>(
    at time: Timestamp, id: Identifier, of owner: Owner
  ) -> OwnedTimer {
    let monotonic = System.monotonicNanoseconds()
    return state.withLock { state in
      let time = max(time, state.now(monotonic))
      let number = state.timers.insert(at: time, id, inLineOf: ObjectIdentifier(owner)) { id in
        Timer(kind: Owner.timers, id: id.text) { owner.timerFired(id) }
      }
      arm(&state, monotonic)
      return OwnedTimer(at: time, number: number)
    }
  }

  /// Cancels an owner's timer; does nothing when it has fired.
  package func cancel(_ timer: OwnedTimer, of owner: some TimerOwner) {
    state.withLock {
      $0.timers.cancel(at: timer.at, number: timer.number, inLineOf: ObjectIdentifier(owner))
    }
  }

  /// Cancels all timers of an owner.
  /// - Returns: What is left of them. Giving back the memory of a million takes a while, so whoever
  ///   calls decides where that happens.
  package func cancelAll(of owner: some TimerOwner) -> CancelledTimers {
    CancelledTimers(
      line: state.withLock { $0.timers.cancelLine(of: ObjectIdentifier(owner)) })
  }

  /// Timers that won't fire.
  package struct CancelledTimers: Sendable {
    fileprivate let line: TimerLine
  }

  /// Sets the driver for the next timer, if time runs by itself.
  private func arm(_ state: inout State, _ monotonic: Int64) {
    guard !state.isAdvancing, let next = state.timers.nextTime(), state.mode != .manual else {
      return
    }
    guard state.armedFor.map({ next < $0 }) ?? true else { return }
    state.armedFor = next
    let wait = Double(next.nanoseconds - state.now(monotonic).nanoseconds) / state.mode.factor
    state.driver?.cancel()
    state.driver = queue.after(Int64(clamping: max(0, wait))) { [weak self] in self?.fireDue() }
  }

  private func fireDue() {
    state.withLock { $0.armedFor = nil }
    while true {
      let monotonic = System.monotonicNanoseconds()
      let due = state.withLock { state -> TimerQueue<Timer>.Due? in
        guard !state.isAdvancing, state.mode != .manual else { return nil }
        let due = state.timers.popDue(at: state.now(monotonic))
        if due == nil { arm(&state, monotonic) }
        return due
      }
      guard let due else { return }
      due.action.body()
    }
  }

  // MARK: Moving time

  /// Sets what an advance awaits before it moves the time.
  package func beforeMoving(_ arrivals: @escaping @Sendable () async -> Void) {
    surroundings.withLock { $0.arrivals = arrivals }
  }

  /// Sets a closure around all timers that fire at the same moment, so that their effects can be
  /// grouped.
  package func aroundMoments(_ frame: @escaping @Sendable (() -> Void) -> Void) {
    surroundings.withLock { $0.frame = frame }
  }

  /// Advances the time at once: fires the timers that fall due on the way, in order, and returns
  /// when all work that follows from them is done, or after ten seconds.
  ///
  /// - Returns: The timers that fired.
  public func advance(nanoseconds: Int64) async -> [Fired] {
    await advance(nanoseconds: nanoseconds, Patience()).fired
  }

  /// Advances the time at once: fires the timers that fall due on the way, in order, and waits for
  /// the work that follows from them, as long as `patience` allows.
  public func advance(nanoseconds: Int64, _ patience: Patience) async -> Advanced {
    let wait = Wait(patience, activity)
    await claim(wait)
    await surroundings.withLock { $0.arrivals }()
    let now = now
    let target = state.withLock { state in
      // Another advance that waits under way has still to go to its own end.
      let start = max(now, state.furthest ?? now)
      let target = start.advanced(by: max(0, nanoseconds))
      state.furthest = target
      return target
    }
    return await run(to: target, wait)
  }

  /// Changes the mode, moves the time forward, or both; timers are kept. Waits for work under way
  /// for ten seconds at most.
  ///
  /// - Throws: ``Refusal/backward(now:)`` when `time` lies before the clock's time.
  public func set(mode: ClockMode? = nil, now time: Timestamp? = nil) async throws(Refusal) {
    let wait = Wait(Patience(), activity)
    await claim(wait)
    await surroundings.withLock { $0.arrivals }()
    let current = now
    // Times are shown in whole milliseconds, and a shown time must be accepted when it is set
    // again.
    if let time, time.milliseconds < current.milliseconds {
      release()
      throw .backward(now: current)
    }
    if let mode {
      let monotonic = System.monotonicNanoseconds()
      state.withLock { state in
        state.jump(to: current, monotonic)
        state.mode = mode
      }
    }
    _ = await run(to: max(time ?? current, current), wait)
  }

  /// What one advance waits for, and until when.
  private struct Wait {
    let scope: Activity.Scope
    /// In monotonic nanoseconds.
    let deadline: Int64

    init(_ patience: Patience, _ activity: Activity) {
      scope = Activity.Scope(
        owner: patience.owner, start: patience.isForOwnOnly ? activity.mark : nil)
      let (end, isFar) = System.monotonicNanoseconds().addingReportingOverflow(
        min(patience.milliseconds, Int64.max / 1_000_000) * 1_000_000)
      deadline = isFar ? .max : end
    }

    var isOver: Bool { System.monotonicNanoseconds() >= deadline }
  }

  /// Fires the timers that are due up to a time, then lets the clock run on. The caller has claimed
  /// the advance.
  private func run(to target: Timestamp, _ wait: Wait) async -> Advanced {
    var fired: [Fired] = []
    // Work under way may still set timers that are due before the target.
    await settle(wait)
    while let moment = nextMoment(until: target) {
      // Timers of the same moment fire together. The work that follows from them is then awaited,
      // because it may set timers that are due before the next moment.
      fired += await fire(at: moment)
      await settle(wait)
    }
    let monotonic = System.monotonicNanoseconds()
    state.withLock { $0.jump(to: target, monotonic) }
    release()
    let unfinished = wait.isOver ? activity.unfinished(in: wait.scope) : []
    return Advanced(fired: fired, unfinished: unfinished)
  }

  /// Waits for work, and lets others move the time meanwhile if that work doesn't concern them.
  private func settle(_ wait: Wait) async {
    guard !activity.isIdle(wait.scope), !wait.isOver else { return }
    stopMoving()
    await activity.settled(
      all: mode == .manual, wait.scope, by: wait.deadline, on: queue)
    await enter(.on, by: .max)
  }

  /// Moves the clock to the time of the next timer, if that is before the target.
  private func nextMoment(until target: Timestamp) -> Timestamp? {
    let monotonic = System.monotonicNanoseconds()
    return state.withLock { state in
      guard let next = state.timers.nextTime(), next <= target else { return nil }
      state.jump(to: next, monotonic)
      return next
    }
  }

  /// Fires the timers of a moment. Each is taken out just before it fires, because an earlier one
  /// may cancel it.
  private func fire(at moment: Timestamp) async -> [Fired] {
    await withCheckedContinuation { continuation in
      queue.async { [self] in
        var fired: [Fired] = []
        let fireAll = {
          while let due = self.state.withLock({ $0.timers.popDue(at: moment) }) {
            due.action.body()
            fired.append(Fired(at: due.at, kind: due.action.kind, id: due.action.id))
          }
        }
        surroundings.withLock { $0.frame }(fireAll)
        continuation.resume(returning: fired)
      }
    }
  }

  /// Waits until the time may be moved: no other advance is under way, or all that are wait for
  /// work which doesn't concern this one, or this one has waited long enough.
  private func claim(_ wait: Wait) async {
    if wait.scope.isNarrow {
      await activity.settled(all: false, wait.scope, by: wait.deadline, on: queue)
      await enter(.besides, by: .max)
      return
    }
    if await !enter(.first, by: wait.deadline) { await enter(.besides, by: .max) }
  }

  /// Waits for a turn to move the time.
  ///
  /// - Returns: False when the deadline came first.
  @discardableResult
  private func enter(_ need: Need, by deadline: Int64) async -> Bool {
    let id = state.withLock { $0.movers.makeID() }
    let timer = Mutex<SerialQueue.Timer?>(nil)
    let isAdmitted = await withCheckedContinuation { continuation in
      let isAdmitted = state.withLock { state in
        guard state.admits(need) else {
          state.movers.add(need, id: id) { continuation.resume(returning: $0) }
          return false
        }
        state.enter(need)
        return true
      }
      guard !isAdmitted else { return continuation.resume(returning: true) }
      guard deadline < .max else { return }
      timer.withLock { timer in
        timer = queue.after(deadline - System.monotonicNanoseconds()) { [self] in
          state.withLock { $0.movers.remove(id) }?.resume(returning: false)
        }
      }
    }
    timer.withLock { $0 }?.cancel()
    return isAdmitted
  }

  /// Lets another one move the time, while this advance waits for work.
  private func stopMoving() {
    let next = state.withLock { state in
      state.isMoving = false
      return state.nextMover()
    }
    next?.resume(returning: true)
  }

  /// Ends an advance.
  private func release() {
    let monotonic = System.monotonicNanoseconds()
    let next = state.withLock { state in
      state.isMoving = false
      state.advances -= 1
      if state.advances == 0 { state.furthest = nil }
      let next = state.nextMover()
      if !state.isAdvancing {
        state.armedFor = nil
        arm(&state, monotonic)
      }
      return next
    }
    next?.resume(returning: true)
  }
}

extension Int64 {
  /// The nearest value that can be represented.
  package init(clamping value: Double) {
    self = value >= 9.2e18 ? .max : value <= -9.2e18 ? .min : Int64(value)
  }
}
