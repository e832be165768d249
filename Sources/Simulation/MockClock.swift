import Dispatch
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
    public let kind: Kind
    /// The id of the request, task, delivery or organization.
    public let id: String

    package init(at: Timestamp, kind: Kind, id: String) {
      self.at = at
      self.kind = kind
      self.id = id
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

  private struct State {
    var mode: ClockMode
    /// The simulated time at the monotonic time `anchor`.
    var base: Timestamp
    var anchor: Int64
    var timers = TimerQueue<Timer>()
    /// The simulated time for which the dispatch timer is set.
    var armedFor: Timestamp?
    /// Whether an advance is running, which fires timers itself.
    var isAdvancing = false
    /// Callers that want to move the time when the present advance is done.
    var nextToAdvance = Waiters<Void, Void>()

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
  private let queue = DispatchQueue(label: "cloro-mock.clock", qos: .userInteractive)
  /// `nonisolated(unsafe)`: a dispatch source may be used from any thread.
  private nonisolated(unsafe) let driver: any DispatchSourceTimer
  /// Work begun by fired timers; an advance waits for its end.
  package let activity = Activity()
  private let surroundings = Mutex(Surroundings())

  /// Creates a clock that shows real time.
  public init(mode: ClockMode) {
    state = Mutex(
      State(
        mode: mode,
        base: Timestamp(milliseconds: System.wallNanoseconds() / 1_000_000),
        anchor: System.monotonicNanoseconds()))
    driver = DispatchSource.makeTimerSource(flags: .strict, queue: queue)
    driver.schedule(deadline: .distantFuture)
    driver.setEventHandler { [weak self] in self?.fireDue() }
    driver.activate()
  }

  deinit { driver.cancel() }

  // MARK: Reading

  /// The double's time.
  public var now: Timestamp {
    let monotonic = System.monotonicNanoseconds()
    return state.withLock { $0.now(monotonic) }
  }

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

  /// Sets the dispatch timer for the next timer, if time runs by itself.
  private func arm(_ state: inout State, _ monotonic: Int64) {
    guard !state.isAdvancing, let next = state.timers.nextTime(), state.mode != .manual else {
      return
    }
    guard state.armedFor.map({ next < $0 }) ?? true else { return }
    state.armedFor = next
    let wait = Double(next.nanoseconds - state.now(monotonic).nanoseconds) / state.mode.factor
    driver.schedule(
      deadline: .now() + .nanoseconds(Int(clamping: Int64(clamping: max(0, wait)))),
      leeway: .nanoseconds(0))
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
  /// when all work that follows from them is done.
  ///
  /// - Returns: The timers that fired.
  public func advance(nanoseconds: Int64) async -> [Fired] {
    await claim()
    await surroundings.withLock { $0.arrivals }()
    return await run(to: now.advanced(by: max(0, nanoseconds)))
  }

  /// Changes the mode, moves the time forward, or both; timers are kept.
  ///
  /// - Throws: ``Refusal/backward(now:)`` when `time` lies before the clock's time.
  public func set(mode: ClockMode? = nil, now time: Timestamp? = nil) async throws(Refusal) {
    await claim()
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
    _ = await run(to: max(time ?? current, current))
  }

  /// Fires the timers that are due up to a time, then lets the clock run on. The caller has claimed
  /// the advance.
  private func run(to target: Timestamp) async -> [Fired] {
    var fired: [Fired] = []
    // Work under way may still set timers that are due before the target.
    await settle()
    while let moment = nextMoment(until: target) {
      // Timers of the same moment fire together. The work that follows from them is then awaited,
      // because it may set timers that are due before the next moment.
      fired += await fire(at: moment)
      await settle()
    }
    let monotonic = System.monotonicNanoseconds()
    state.withLock { $0.jump(to: target, monotonic) }
    release()
    return fired
  }

  private func settle() async { await activity.settled(all: mode == .manual) }

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

  /// Waits until no other advance is running.
  private func claim() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.isAdvancing {
          state.nextToAdvance.add { continuation.resume() }
          return false
        }
        state.isAdvancing = true
        return true
      }
      if isFree { continuation.resume() }
    }
  }

  private func release() {
    let monotonic = System.monotonicNanoseconds()
    let next = state.withLock { state -> Waiters<Void, Void>.Waiter? in
      if let next = state.nextToAdvance.takeFirst() { return next }
      state.isAdvancing = false
      state.armedFor = nil
      arm(&state, monotonic)
      return nil
    }
    next?.resume()
  }
}

extension Int64 {
  /// The nearest value that can be represented.
  package init(clamping value: Double) {
    self = value >= 9.2e18 ? .max : value <= -9.2e18 ? .min : Int64(value)
  }
}
