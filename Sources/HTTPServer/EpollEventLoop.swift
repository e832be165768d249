#if os(Linux)
  import Platform
  import Synchronization

  /// An event loop on a thread of its own, with epoll.
  ///
  /// Dispatch sources are not used on Linux: their epoll bookkeeping has an open use-after-free
  /// when sources are cancelled concurrently (swift-corelibs-libdispatch, issue 949), and an own
  /// loop is faster.
  ///
  /// `@unchecked Sendable`: `inbox` is behind a mutex, `thread` is atomic, and all other state is
  /// touched by the loop's thread alone once it runs. `epoll` is woken and closed under the mutex,
  /// so that no thread writes to a descriptor number that has been closed and given to another
  /// owner.
  final class EpollEventLoop: EventLoop, @unchecked Sendable {
    /// A struct, because Swift wraps a closure that is an array's element in a second closure.
    private struct Job {
      let run: @Sendable () -> Void
    }

    private struct Inbox {
      var jobs: [Job] = []
      var isStopped = false
      var hasEnded = false
      /// Called when the loop has ended.
      var listeners: [@Sendable () -> Void] = []
    }

    private struct Registration {
      let handler: any ReadinessHandler
      let generation: UInt32
      /// Whether it is only remembered, and not watched.
      var isSilenced = false
    }

    private let epoll: Epoll
    private let inbox = Mutex(Inbox())
    private let thread = Atomic<UInt>(0)
    private let roundEnded: @Sendable () -> Void
    private var registrations: [Registration?] = []
    private var generation: UInt32 = 0
    /// The jobs that are being run, the next one last.
    private var jobs: [Job] = []
    private var timers = DeadlineQueue<LoopTimer>()

    init(roundEnded: @escaping @Sendable () -> Void) throws(SystemError) {
      self.roundEnded = roundEnded
      epoll = try Epoll()
      do throws(SystemError) {
        try System.startThread { self.run() }
      } catch {
        epoll.close()
        throw error
      }
    }

    /// How many more events a round takes than the round before. The requests of a round are
    /// answered at its end. If a round took everything that has piled up during a pause of the
    /// machine, the first request would wait for the last: a fifth more requests then take over
    /// half a millisecond. Under steady load the rounds grow as large as if there were no bound.
    private static let growth = 8
    /// After how many nanoseconds of jobs a round looks at events: no request waits for all the
    /// long answers that were made beside the loop.
    private static let patience: Int64 = 250_000
    /// The longest list of jobs whose memory is kept.
    private static let keptJobs = 1024

    var isCurrent: Bool { thread.load(ordering: .relaxed) == System.currentThread }

    var reportsResets: Bool { true }

    @discardableResult
    func execute(_ job: @escaping @Sendable () -> Void) -> Bool {
      inbox.withLock { inbox in
        guard !inbox.isStopped else { return false }
        inbox.jobs.append(Job(run: job))
        // Jobs given on the loop itself need no wake-up: it looks for jobs before it waits.
        if inbox.jobs.count == 1, !isCurrent { epoll.wakeUp() }
        return true
      }
    }

    func stop(_ ended: @escaping @Sendable () -> Void) {
      let hasEnded = inbox.withLock { inbox in
        guard !inbox.hasEnded else { return true }
        inbox.isStopped = true
        inbox.listeners.append(ended)
        epoll.wakeUp()
        return false
      }
      if hasEnded { ended() }
    }

    @discardableResult
    func after(_ nanoseconds: Int64, _ job: @escaping @Sendable () -> Void) -> LoopTimer {
      let timer = LoopTimer(job)
      let (due, isFar) = System.monotonicNanoseconds()
        .addingReportingOverflow(max(0, nanoseconds))
      timers.add(timer, at: isFar ? .max : due)
      return timer
    }

    // MARK: Descriptors

    func register(
      _ descriptor: Int32, interest: Interest, handler: any ReadinessHandler
    ) throws(SystemError) {
      generation &+= 1
      let index = Int(descriptor)
      while registrations.count <= index { registrations.append(nil) }
      registrations[index] = Registration(handler: handler, generation: generation)
      do throws(SystemError) {
        try epoll.add(descriptor, Self.events(interest), token: token(descriptor))
      } catch {
        registrations[index] = nil
        throw error
      }
    }

    func update(_ descriptor: Int32, interest: Interest) {
      guard isRegistered(descriptor) else { return }
      if registrations[Int(descriptor)]?.isSilenced == true {
        registrations[Int(descriptor)]?.isSilenced = false
        // What was watched before can be watched again unless memory has run out; the descriptor
        // then ends by its deadline.
        try? epoll.add(descriptor, Self.events(interest), token: token(descriptor))
        return
      }
      epoll.modify(descriptor, Self.events(interest), token: token(descriptor))
    }

    func silence(_ descriptor: Int32) {
      guard isRegistered(descriptor) else { return }
      epoll.remove(descriptor)
      registrations[Int(descriptor)]?.isSilenced = true
    }

    func close(_ descriptor: Int32) {
      if isRegistered(descriptor) {
        epoll.remove(descriptor)
        registrations[Int(descriptor)] = nil
      }
      System.close(descriptor)
    }

    private func isRegistered(_ descriptor: Int32) -> Bool {
      let index = Int(descriptor)
      return index < registrations.count && registrations[index] != nil
    }

    /// The descriptor together with its generation, so that an event for an earlier owner of the
    /// number is recognized and dropped.
    private func token(_ descriptor: Int32) -> UInt64 {
      UInt64(registrations[Int(descriptor)]!.generation) << 32 | UInt64(UInt32(descriptor))
    }

    private static func events(_ interest: Interest) -> Epoll.Events {
      var events: Epoll.Events = []
      if interest.contains(.read) { events.insert(.readable) }
      if interest.contains(.write) { events.insert(.writable) }
      return events
    }

    // MARK: The loop

    private func run() {
      thread.store(System.currentThread, ordering: .relaxed)
      var next = Next.wait
      var count = 0
      while next != .end {
        let most = min(count + Self.growth, Epoll.mostEvents)
        count = epoll.wait(
          atMost: most, until: next == .wait ? timers.nextDeadline ?? .max : .min
        ) { events, token in
          dispatch(events, token)
        }
        fireTimers()
        roundEnded()
        next = runJobs()
      }
      registrations = []
      jobs = []
      timers.removeAll()
      // The system may give this thread's number to a thread created later.
      thread.store(0, ordering: .relaxed)
      let listeners = inbox.withLock { inbox in
        inbox.hasEnded = true
        epoll.close()
        defer { inbox.listeners = [] }
        return inbox.listeners
      }
      for listener in listeners { listener() }
    }

    private func dispatch(_ events: Epoll.Events, _ token: UInt64) {
      guard let registration = registrations[Int(token & 0xFFFF_FFFF)],
        registration.generation == UInt32(truncatingIfNeeded: token >> 32)
      else { return }
      var readiness: Readiness = []
      if events.contains(.readable) { readiness.insert(.readable) }
      if events.contains(.writable) { readiness.insert(.writable) }
      if !events.isDisjoint(with: .broken) { readiness.insert(.broken) }
      registration.handler.ready(readiness)
    }

    /// Runs the timers that were due at the call; those that they set are for a later round.
    private func fireTimers() {
      guard timers.nextDeadline != nil else { return }
      let now = System.monotonicNanoseconds()
      while let due = timers.takeDue(at: now) { due.fire() }
    }

    /// What the loop does after running its jobs.
    private enum Next {
      case wait
      /// Look for events without waiting, because there are new jobs.
      case poll
      case end
    }

    /// Runs the jobs that were given before the call. When they take long, events are looked at in
    /// between.
    private func runJobs() -> Next {
      var isStopped = takeJobs()
      guard !jobs.isEmpty || isStopped else { return .wait }
      let end = System.monotonicNanoseconds() + Self.patience
      while let job = jobs.popLast() {
        job.run()
        if !jobs.isEmpty, !isStopped, System.monotonicNanoseconds() >= end { break }
        // Those that were left from an earlier round are not the last ones.
        if jobs.isEmpty, isStopped { isStopped = takeJobs() }
      }
      if jobs.isEmpty, jobs.capacity > Self.keptJobs { jobs = [] }
      // The round ends here for what the jobs have begun, because no event may follow.
      roundEnded()
      if isStopped { return .end }
      return jobs.isEmpty && inbox.withLock { $0.jobs.isEmpty } ? .wait : .poll
    }

    /// Takes the jobs that were given, unless there are some left.
    ///
    /// - Returns: Whether the loop was stopped, and no more will be given.
    private func takeJobs() -> Bool {
      guard jobs.isEmpty else { return inbox.withLock { $0.isStopped } }
      // The emptied list is used again, so that it rarely allocates.
      let isStopped = inbox.withLock { inbox in
        swap(&inbox.jobs, &jobs)
        return inbox.isStopped
      }
      jobs.reverse()
      return isStopped
    }
  }
#endif
