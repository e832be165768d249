import CloroContract
import DequeModule
import HeapModule
import Simulation

/// Plays a workload against one plan, on a time that only its events move.
///
/// Slots, rate limits, latencies and prices are the double's own types, and what decides between
/// them follows `MonitorEndpoint`, `TaskEndpoints` and `TaskEngine`. The client behaves as the
/// documents advise: after a 429 a worker waits one second, then two, four and so on, at most 32;
/// tasks are submitted in batches as large as allowed, and what finds no room is submitted again as
/// soon as there is some. [seed: credits-and-limits, `makeRequestWithRetry`]
struct ForecastPlayer {
  /// What has become of the workload.
  struct Outcome: Sendable, Equatable {
    /// When the last answer or result came, in nanoseconds after the beginning.
    var finishedAfter: Int64 = 0
    /// The questions that got a result.
    var answered = 0
    /// The questions that got none: for lack of credits, or because all attempts took too long.
    var failed = 0
    var credits: Int64 = 0
    var peakConcurrency = 0
    var longestQueue = 0
    /// Requests with a 403 or 429; a batch that finds no room is one.
    var refusals = 0
  }

  /// A task that waits for a slot.
  private struct Waiting {
    let group: Int
    /// How many attempts took too long.
    var failures = 0
  }

  private enum Event {
    /// A task group's next arrivals.
    case arrival(group: Int)
    /// The client tries again to submit what it has ready.
    case submission
    case taskEnd(Waiting, ConcurrencySlots.Slot, price: Int64)
    case attemptEnd(Waiting, ConcurrencySlots.Slot)
    case retry(Waiting)
    case question(group: Int, refusals: Int)
    case answer(group: Int, ConcurrencySlots.Slot, price: Int64?)
  }

  private struct Entry: Comparable {
    let at: Int64
    let number: UInt64
    let event: Event

    static func < (left: Entry, right: Entry) -> Bool {
      (left.at, left.number) < (right.at, right.number)
    }

    static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
  }

  private let plan: Plan
  private let workload: Workload
  private let prices: PriceList
  private let largestBatch: Int
  private var events = Heap<Entry>()
  private var scheduled: UInt64 = 0
  private var now: Int64 = 0

  private var balance: Int64
  private var slots = ConcurrencySlots()
  /// By provider, because each endpoint has a limit of its own.
  private var syncLimits = [RateLimiter](
    repeating: RateLimiter(), count: Provider.allCases.count)
  private var taskLimit = RateLimiter()
  private var batchLimit = RateLimiter()
  /// The service's queue.
  private var queue = Deque<Waiting>()
  /// Tasks between two attempts, which count as queued.
  private var backingOff = 0
  /// Why a client with tasks to submit doesn't do so yet.
  private enum Wait {
    /// For the next try, which is scheduled.
    case nextTry
    /// For so many places of the queue.
    case room(Int)
  }

  private var wait: Wait?
  /// What the client couldn't submit yet: groups with their counts, in order.
  private var backlog = Deque<(group: Int, count: Int)>()
  /// How many of each group have arrived, or been asked.
  private var arrived: [Int]
  private var asked: [Int]
  private var random: SeededRandom
  private(set) var outcome = Outcome()
  private(set) var samples: UsageSamples

  /// - Parameters:
  ///   - seed: Of the latencies that are drawn.
  ///   - samples: The most steps in which usage is kept; 0 keeps none.
  init(
    _ workload: Workload, on plan: Plan, in revision: ContractRevision, seed: UInt64,
    samples: Int = 0
  ) {
    self.samples = UsageSamples(most: samples)
    self.workload = workload
    self.plan = plan
    prices = PriceList(of: revision, changes: plan.pricing)
    largestBatch = AsyncTaskRequest.largestBatch[revision]
    balance = plan.credits
    arrived = workload.tasks.map { _ in 0 }
    asked = workload.sync.map { _ in 0 }
    random = SeededRandom(seed: seed)
    for (index, group) in workload.tasks.enumerated() where group.count > 0 {
      let first: Int64 = if case .at(let moment) = group.arrival { moment } else { 0 }
      schedule(after: first, .arrival(group: index))
    }
    for (index, group) in workload.sync.enumerated() {
      for _ in 0..<min(group.workers, group.count) {
        schedule(after: 0, .question(group: index, refusals: 0))
      }
    }
  }

  private mutating func schedule(after delay: Int64, _ event: Event) {
    scheduled += 1
    events.insert(Entry(at: now + delay, number: scheduled, event: event))
  }

  /// Plays to the end, or so many events.
  ///
  /// - Parameter most: The most events; what was played is taken off.
  /// - Returns: Whether it is the end.
  mutating func play(atMost most: inout Int) -> Bool {
    while let entry = events.popMin() {
      guard most > 0 else { return false }
      most -= 1
      now = entry.at
      switch entry.event {
      case .arrival(let group): arrive(group)
      case .submission: submit()
      case .taskEnd(let task, let slot, let price): endTask(task, slot, price)
      case .attemptEnd(let task, let slot): endAttempt(task, slot)
      case .retry(let task):
        backingOff -= 1
        queue.append(task)
        pump()
      case .question(let group, let refusals): ask(group, refusals)
      case .answer(let group, let slot, let price): answer(group, slot, price)
      }
    }
    return true
  }

  private var time: Timestamp { Timestamp(nanoseconds: now) }

  private mutating func latency(of provider: Provider) -> Int64 {
    let distribution =
      workload.providerLatency[provider] ?? workload.latency
      ?? plan.providerLatency[provider] ?? plan.latency ?? .constant(0)
    return distribution.sample(&random)
  }

  private mutating func price(of request: MonitorRequest, isSync: Bool) -> Int64 {
    let clusters =
      request.include.contains(.expandProducts)
      ? ResultRenderer.productClusters(seed: random.next()) : 0
    return prices.price(of: request, isSync: isSync, productClusters: clusters)
  }

  private mutating func refuse() { outcome.refusals += 1 }

  /// A question ends here.
  private mutating func conclude(isAnswered: Bool) {
    outcome.finishedAfter = now
    if isAnswered { outcome.answered += 1 } else { outcome.failed += 1 }
  }

  private mutating func noteUsage() {
    outcome.peakConcurrency = max(outcome.peakConcurrency, slots.running)
    outcome.longestQueue = max(outcome.longestQueue, queue.count + backingOff)
    samples.note(.init(slots: slots.running, queued: queue.count + backingOff), at: now)
  }

  // MARK: Tasks

  private mutating func arrive(_ index: Int) {
    let group = workload.tasks[index]
    switch group.arrival {
    case .at:
      backlog.append((index, group.count))
      arrived[index] = group.count
    case .every(let interval):
      backlog.append((index, 1))
      arrived[index] += 1
      if arrived[index] < group.count { schedule(after: interval, .arrival(group: index)) }
    }
    if wait == nil { submit() }
  }

  /// Submits what the client has ready, as far as limits allow.
  private mutating func submit() {
    wait = nil
    while let first = backlog.first {
      let count = min(first.count, largestBatch, max(1, plan.queueLimit))
      let isAllowed =
        count > 1
        ? batchLimit.take(plan.rateLimit, at: time).isAllowed
        : taskLimit.take(plan.rateLimit, at: time).isAllowed
      guard isAllowed else {
        refuse()
        wait = .nextTry
        return schedule(after: 1_000_000_000 - now % 1_000_000_000, .submission)
      }
      guard queue.count + backingOff + count <= plan.queueLimit else {
        refuse()
        if plan.queueLimit == 0 { giveUpBacklog() } else { wait = .room(count) }
        return
      }
      removeFromBacklog(count)
      accept(count, of: first.group)
    }
  }

  private mutating func giveUpBacklog() {
    for part in backlog { for _ in 0..<part.count { conclude(isAnswered: false) } }
    backlog.removeAll()
  }

  private mutating func removeFromBacklog(_ count: Int) {
    backlog[backlog.startIndex].count -= count
    if backlog[backlog.startIndex].count == 0 { backlog.removeFirst() }
  }

  private mutating func accept(_ count: Int, of group: Int) {
    let request = workload.tasks[group].request
    for _ in 0..<count {
      // The estimate that a submission is refused by is without what only the answer shows.
      guard balance >= prices.price(of: request, isSync: false) else {
        refuse()
        conclude(isAnswered: false)
        continue
      }
      queue.append(Waiting(group: group))
    }
    pump()
  }

  /// Starts as many queued tasks as slots are free.
  private mutating func pump() {
    noteUsage()
    while slots.running < plan.concurrency, let task = queue.popFirst() {
      let request = workload.tasks[task.group].request
      guard balance >= prices.price(of: request, isSync: false) else {
        conclude(isAnswered: false)
        noteUsage()
        continue
      }
      let slot = slots.acquireUnlimited(for: .task(Self.nobody))
      let latency = latency(of: request.provider)
      if latency > APIError.attemptWindow {
        schedule(after: APIError.attemptWindow, .attemptEnd(task, slot))
      } else {
        schedule(after: latency, .taskEnd(task, slot, price: price(of: request, isSync: false)))
      }
      noteUsage()
    }
    if case .room(let count)? = wait, queue.count + backingOff + count <= plan.queueLimit {
      wait = .nextTry
      schedule(after: 0, .submission)
    }
  }

  private mutating func endTask(
    _ task: Waiting, _ slot: ConcurrencySlots.Slot, _ price: Int64
  ) {
    let isCovered = balance >= price
    if isCovered { charge(price) }
    slots.release(slot)
    conclude(isAnswered: isCovered)
    pump()
  }

  private mutating func endAttempt(_ task: Waiting, _ slot: ConcurrencySlots.Slot) {
    slots.release(slot)
    if task.failures < TaskEngine.backOffs.count {
      var next = task
      next.failures += 1
      backingOff += 1
      schedule(after: TaskEngine.backOffs[task.failures], .retry(next))
    } else {
      conclude(isAnswered: false)
    }
    pump()
  }

  private mutating func charge(_ price: Int64) {
    balance -= price
    outcome.credits += price
  }

  // MARK: Synchronous questions

  /// The longest wait after a refusal, in nanoseconds.
  private static let longestWait: Int64 = 32_000_000_000

  private mutating func ask(_ index: Int, _ refusals: Int) {
    let group = workload.sync[index]
    if refusals == 0 {
      guard asked[index] < group.count else { return }
      asked[index] += 1
    }
    let provider = group.request.provider
    guard syncLimits[provider.index].take(plan.rateLimit, at: time).isAllowed else {
      return backOff(index, refusals)
    }
    let price = price(of: group.request, isSync: true)
    guard balance >= price else {
      refuse()
      conclude(isAnswered: false)
      return schedule(after: 0, .question(group: index, refusals: 0))
    }
    guard
      case .admitted(_, let slot) = slots.acquire(
        limit: plan.concurrency, for: .request(Self.nobody))
    else { return backOff(index, refusals) }
    noteUsage()
    let latency = latency(of: provider)
    guard latency > 0 else { return answer(index, slot, price) }
    let isInTime = latency <= APIError.attemptWindow
    schedule(
      after: min(latency, APIError.attemptWindow),
      .answer(group: index, slot, price: isInTime ? price : nil))
  }

  private mutating func backOff(_ index: Int, _ refusals: Int) {
    refuse()
    let wait = min(Self.longestWait, 1_000_000_000 << min(Int64(refusals), 5))
    schedule(after: wait, .question(group: index, refusals: refusals + 1))
  }

  private mutating func answer(
    _ index: Int, _ slot: ConcurrencySlots.Slot, _ price: Int64?
  ) {
    slots.release(slot)
    if let price, balance >= price {
      charge(price)
      conclude(isAnswered: true)
    } else {
      if price != nil { refuse() }
      conclude(isAnswered: false)
    }
    pump()
    schedule(after: 0, .question(group: index, refusals: 0))
  }

  /// Holders are told apart by nobody here.
  private static let nobody = Identifier(0)
}
