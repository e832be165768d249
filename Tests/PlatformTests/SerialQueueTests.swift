import Platform
import Synchronization
import Testing

@Suite("Serial queues", .timeLimit(.minutes(5)))
struct SerialQueueTests {
  /// What has run, in order.
  private final class Log: Sendable {
    private let entries = Mutex<[Int]>([])

    func note(_ entry: Int) { entries.withLock { $0.append(entry) } }

    var all: [Int] { entries.withLock { $0 } }
  }

  @Test("Jobs run in order, and a caller that waits comes after those it gave before")
  func order() {
    let (queue, log) = (SerialQueue(), Log())
    for number in 0..<100 {
      queue.async { log.note(2 * number) }
      queue.sync { log.note(2 * number + 1) }
    }
    #expect(log.all == Array(0..<200))
  }

  @Test("What callers of many threads do is never done at the same time")
  func exclusion() async {
    let queue = SerialQueue()
    // Not atomic: the sanitizers and the sum notice two at a time.
    nonisolated(unsafe) var count = 0
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<1000 {
            queue.sync { count += 1 }
            queue.async { count += 1 }
          }
        }
      }
    }
    #expect(queue.sync { count } == 16_000)
  }

  @Test("A queue knows who runs on it")
  func current() {
    let queue = SerialQueue()
    #expect(!queue.isCurrent)
    #expect(queue.sync { queue.isCurrent })
    let seen = Latch()
    queue.async { if queue.isCurrent { seen.open() } }
    seen.wait()
    #expect(!queue.isCurrent)
  }

  @Test("Timers fire in the order of their times, not too early, and not when they are cancelled")
  func timers() {
    let (queue, log, done) = (SerialQueue(), Log(), Latch())
    let start = System.monotonicNanoseconds()
    let cancelled = queue.after(1_000_000) { log.note(0) }
    queue.after(30_000_000) {
      log.note(3)
      done.open()
    }
    queue.after(20_000_000) { log.note(2) }
    queue.after(0) { log.note(1) }
    queue.after(.max) { log.note(4) }
    cancelled.cancel()
    done.wait()
    #expect(log.all == [1, 2, 3])
    #expect(System.monotonicNanoseconds() - start >= 30_000_000)
  }

  @Test("A queue that is released runs what it was given, and its thread ends")
  func release() {
    let (log, last) = (Log(), Latch())
    for number in 0..<200 {
      let queue = SerialQueue()
      queue.async { log.note(number) }
      queue.async { if number == 199 { last.open() } }
    }
    last.wait()
    #expect(log.all.contains(199))
  }

  @Test("A task that prefers the queue runs there, before and after it has waited")
  func tasks() {
    let (queue, other, log) = (SerialQueue(), SerialQueue(), Log())
    queue.runAndWait {
      log.note(queue.isCurrent ? 1 : 0)
      await withCheckedContinuation { continuation in
        other.after(1_000_000) { continuation.resume() }
      }
      log.note(queue.isCurrent ? 2 : 0)
    }
    #expect(log.all == [1, 2])
  }

  @Test("Deadlines come out in order, those of one time as they went in")
  func deadlines() {
    var queue = DeadlineQueue<Int>()
    let times: [Int64] = (0..<500).map { ($0 * 7919) % 97 }
    for (index, time) in times.enumerated() { queue.add(index, at: time) }
    var taken: [Int] = []
    for now in Int64(0)..<97 {
      while let next = queue.takeDue(at: now) {
        #expect(times[next] == now)
        taken.append(next)
      }
    }
    let expected = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    #expect(taken == expected && queue.nextDeadline == nil)
  }
}
