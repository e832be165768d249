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
    fileprivate let job: Mutex<(@Sendable () -> Void)?>

    fileprivate init(_ job: @escaping @Sendable () -> Void) { self.job = Mutex(job) }

    /// Does nothing when the job has begun.
    package func cancel() { job.withLock { $0 = nil } }
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

  /// Runs `body` after all jobs that were given before, and returns its result. Usually runs it on
  /// the caller's thread. Must not be called on the queue.
  package func sync<Result>(_ body: () -> Result) -> Result {
    precondition(!isCurrent, "A queue can't wait for itself.")
    guard !core.enterAtOnce() else {
      defer { core.leave() }
      return body()
    }
    let place = Place<Result>()
    withoutActuallyEscaping(body) { body in
      // Safe though unchecked: the caller waits until it has run.
      nonisolated(unsafe) let body = body
      let done = Latch()
      core.add {
        place.value = body()
        done.open()
      }
      done.wait()
    }
    return place.value!
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

/// Where a job leaves its result.
///
/// `@unchecked Sendable`: the job writes before it opens the latch, and the caller reads after it.
private final class Place<Value>: @unchecked Sendable {
  var value: Value?
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
  /// A struct, because Swift wraps a closure that is an array's element in a second closure.
  private struct Job {
    let run: @Sendable () -> Void
  }

  private let condition = Condition()
  private var jobs: [Job] = []
  private var timers = DeadlineQueue<SerialQueue.Timer>()
  /// Whether jobs are being run, or a caller of ``SerialQueue/sync(_:)`` has the queue.
  private var isBusy = false
  private var isStarted = false
  private var isEnded = false
  /// The thread on which something of the queue runs; 0 for none.
  private let owner = Atomic<UInt>(0)

  /// The longest list of jobs whose memory is kept.
  private static let keptJobs = 1024

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
    jobs.append(Job(run: job))
    let isFirst = !isStarted
    // Whoever has the queue looks for jobs when it gives it back.
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

  /// Takes the queue for the calling thread, if nothing runs or waits.
  func enterAtOnce() -> Bool {
    condition.lock()
    defer { condition.unlock() }
    guard !isBusy, jobs.isEmpty else { return false }
    isBusy = true
    owner.store(System.currentThread, ordering: .relaxed)
    return true
  }

  /// Gives back what ``enterAtOnce()`` took.
  func leave() {
    owner.store(0, ordering: .relaxed)
    condition.lock()
    isBusy = false
    if !jobs.isEmpty || timers.nextDeadline != nil || isEnded { condition.signal() }
    condition.unlock()
  }

  private func run() {
    let thread = System.currentThread
    var taken: [Job] = []
    condition.lock()
    while true {
      if !isBusy, timers.nextDeadline != nil,
        let due = timers.takeDue(at: System.monotonicNanoseconds())
      {
        isBusy = true
        condition.unlock()
        owner.store(thread, ordering: .relaxed)
        due.job.withLock { $0.take() }?()
      } else if !isBusy, !jobs.isEmpty {
        isBusy = true
        swap(&jobs, &taken)
        condition.unlock()
        owner.store(thread, ordering: .relaxed)
        for job in taken { job.run() }
        taken.removeAll(keepingCapacity: taken.capacity <= Self.keptJobs)
      } else if isEnded, !isBusy {
        break
      } else {
        condition.wait(until: timers.nextDeadline)
        continue
      }
      owner.store(0, ordering: .relaxed)
      condition.lock()
      isBusy = false
    }
    timers.removeAll()
    condition.unlock()
  }
}
