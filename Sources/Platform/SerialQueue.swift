import Synchronization

/// Runs jobs one after the other, in order, on a thread of its own, and timers between them.
///
/// It needs nothing but its thread, which ``start()`` makes: no descriptor, no file of `/proc`, and
/// no thread later on. Dispatch's queues need all three while the process runs. When one is missing
/// they end the process (a global queue without descriptors) or block whoever gives them a job (no
/// thread).
///
/// The thread ends, after the jobs that were given, when the queue is released.
package final class SerialQueue: Sendable {
  /// A job that is to run later.
  package final class Timer: Sendable {
    /// A type of its own, because a closure that a generic type holds directly is wrapped once more
    /// each time it is looked at.
    private struct State: Sendable {
      var job: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    fileprivate init(_ job: @escaping @Sendable () -> Void) { state = Mutex(State(job: job)) }

    /// Does nothing when the job has begun.
    package func cancel() { _ = takeJob() }

    fileprivate func takeJob() -> (@Sendable () -> Void)? { state.withLock { $0.job.take() } }
  }

  private let core = SerialQueueCore()

  /// Creates a queue without its thread.
  package init() {}

  deinit { core.end() }

  /// Starts the thread, unless it runs. Without this call the first job starts it; while that
  /// fails, jobs wait.
  package func start() throws(SystemError) { try core.start() }

  /// Runs a job after all that were given before. May be called from anywhere.
  package func async(_ job: @escaping @Sendable () -> Void) { core.add(job) }

  /// Runs `body` on the caller's thread, after all jobs that were given before and with none beside
  /// it, and returns its result. Must not be called on the queue.
  package func sync<Result>(_ body: () -> Result) -> Result {
    precondition(!isCurrent, "A queue can't wait for itself.")
    core.enter()
    defer { core.leave() }
    return body()
  }

  /// Runs a job after so many nanoseconds of real time.
  @discardableResult
  package func after(_ nanoseconds: Int64, _ job: @escaping @Sendable () -> Void) -> Timer {
    let timer = Timer(job)
    let (due, isFar) = System.monotonicNanoseconds()
      .addingReportingOverflow(max(0, nanoseconds))
    core.add(timer, at: isFar ? .max : due)
    return timer
  }

  /// Whether the caller runs on this queue.
  package var isCurrent: Bool { core.isCurrent }
}

/// Tasks that prefer this queue run on it whenever they are not on an actor.
extension SerialQueue: TaskExecutor {
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }

  /// Runs an asynchronous function on the queue, and blocks the caller until it has returned.
  package func runAndWait(_ body: @escaping @Sendable () async -> Void) {
    let done = Latch()
    Task(executorPreference: self) {
      await body()
      done.open()
    }
    done.wait()
  }
}

/// What a queue and its thread share. The thread doesn't keep the queue itself alive.
///
/// `@unchecked Sendable`: all mutable state but `owner`, which is atomic, is touched under the
/// condition's lock.
private final class SerialQueueCore: @unchecked Sendable {
  /// What waits for its turn.
  private enum Entry {
    case job(@Sendable () -> Void)
    /// A caller of ``SerialQueue/sync(_:)``, to which the queue is handed.
    case caller(Latch)
  }

  /// Entries in order. Those that were taken out stay as holes until there are many.
  private struct Line {
    /// The longest list whose memory is kept.
    private static let kept = 1024
    private var entries: [Entry] = []
    private var taken = 0

    var isEmpty: Bool { taken == entries.count }

    var first: Entry? { isEmpty ? nil : entries[taken] }

    mutating func append(_ entry: Entry) { entries.append(entry) }

    mutating func takeFirst() -> Entry? {
      guard !isEmpty else { return nil }
      let first = entries[taken]
      taken += 1
      if isEmpty {
        entries.removeAll(keepingCapacity: entries.capacity <= Self.kept)
        taken = 0
      } else if taken > Self.kept, taken > entries.count / 2 {
        entries.removeFirst(taken)
        taken = 0
      }
      return first
    }
  }

  private let condition = Condition()
  private var line = Line()
  private var timers = DeadlineQueue<SerialQueue.Timer>()
  /// Whether a job runs, or a caller of ``SerialQueue/sync(_:)`` has the queue.
  private var isBusy = false
  private var isStarted = false
  private var isEnded = false
  /// The thread on which something of the queue runs; 0 for none.
  private let owner = Atomic<UInt>(0)

  var isCurrent: Bool { owner.load(ordering: .relaxed) == System.currentThread }

  func start() throws(SystemError) {
    condition.lock()
    defer { condition.unlock() }
    guard !isStarted else { return }
    try System.startThread { [self] in run() }
    isStarted = true
  }

  func add(_ job: @escaping @Sendable () -> Void) {
    condition.lock()
    line.append(.job(job))
    let isFirst = !isStarted
    // Whoever has the queue looks at the line when it gives it back.
    if !isBusy { condition.signal() }
    condition.unlock()
    if isFirst { try? start() }
  }

  func add(_ timer: SerialQueue.Timer, at deadline: Int64) {
    condition.lock()
    let isFirst = !isStarted
    timers.add(timer, at: deadline)
    if timers.nextDeadline == deadline, !isBusy { condition.signal() }
    condition.unlock()
    if isFirst { try? start() }
  }

  func end() {
    condition.lock()
    isEnded = true
    condition.signal()
    condition.unlock()
  }

  /// Takes the queue for the calling thread; waits for its turn.
  func enter() {
    condition.lock()
    if isBusy || !line.isEmpty {
      let turn = Latch()
      line.append(.caller(turn))
      let isFirst = !isStarted
      if !isBusy { condition.signal() }
      condition.unlock()
      if isFirst { try? start() }
      turn.wait()
    } else {
      isBusy = true
      condition.unlock()
    }
    owner.store(System.currentThread, ordering: .relaxed)
  }

  /// Gives back what ``enter()`` took. If the next one is a caller, too, it has its turn at once.
  func leave() {
    owner.store(0, ordering: .relaxed)
    condition.lock()
    isBusy = false
    giveOn()
    condition.unlock()
  }

  /// Hands the queue to the caller that is next, or lets the thread look. Called under the lock,
  /// when nobody has the queue.
  private func giveOn() {
    if case .caller(let turn)? = line.first {
      _ = line.takeFirst()
      isBusy = true
      return turn.open()
    }
    if !line.isEmpty || timers.nextDeadline != nil || isEnded { condition.signal() }
  }

  private func run() {
    condition.lock()
    while true {
      guard !isBusy else {
        condition.wait()
        continue
      }
      if timers.nextDeadline != nil,
        let due = timers.takeDue(at: System.monotonicNanoseconds())
      {
        perform { due.takeJob()?() }
        continue
      }
      switch line.takeFirst() {
      case .job(let job): perform(job)
      case .caller(let turn):
        isBusy = true
        turn.open()
      case nil:
        guard !isEnded else {
          timers.removeAll()
          return condition.unlock()
        }
        condition.wait(until: timers.nextDeadline)
      }
    }
  }

  /// Runs a job on the queue's thread, with the lock given up meanwhile.
  private func perform(_ job: () -> Void) {
    isBusy = true
    condition.unlock()
    owner.store(System.currentThread, ordering: .relaxed)
    job()
    owner.store(0, ordering: .relaxed)
    condition.lock()
    isBusy = false
  }
}
