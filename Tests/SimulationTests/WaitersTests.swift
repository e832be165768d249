import Synchronization
import Testing

@testable import Simulation

@Suite("Those who wait")
struct WaitersTests {
  /// What waiters were resumed with, in order.
  private final class Log: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func note(_ line: String) { lines.withLock { $0.append(line) } }
  }

  private func waiters(_ conditions: [Int], _ log: Log) -> Waiters<Int, String> {
    var waiters = Waiters<Int, String>()
    for condition in conditions { waiters.add(condition) { log.note("\(condition) \($0)") } }
    return waiters
  }

  @Test("Who has waited longest is first, and all go on in their order")
  func order() {
    let log = Log()
    var waiters = waiters([3, 1, 2], log)
    waiters.takeFirst()?.resume(returning: "first")
    for waiter in waiters.takeAll() { waiter.resume(returning: "all") }
    #expect(log.all == ["3 first", "1 all", "2 all"])
    let next = waiters.takeFirst()
    #expect(next == nil && waiters.isEmpty)
  }

  @Test("Only those go on whose condition holds, and a changed condition is kept")
  func conditions() {
    let log = Log()
    var waiters = waiters([1, 2, 3], log)
    for step in 1...3 {
      let ready = waiters.take { rest in
        rest -= 1
        return rest == 0
      }
      for waiter in ready { waiter.resume(returning: "in step \(step)") }
      #expect(waiters.count == 3 - step)
    }
    #expect(log.all == ["1 in step 1", "2 in step 2", "3 in step 3"])
  }

  @Test("One is taken out by its name, and only once")
  func names() {
    let log = Log()
    var waiters = waiters([1], log)
    let id = waiters.makeID()
    waiters.add(2, id: id) { log.note("2 \($0)") }
    waiters.remove(id)?.resume(returning: "gave up")
    let again = waiters.remove(id)
    #expect(again == nil && waiters.count == 1)
    #expect(log.all == ["2 gave up"])
  }
}
