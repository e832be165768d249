import Dispatch
import Synchronization
import Testing

@testable import Ledger

@Suite("Tills", .timeLimit(.minutes(5)))
struct TillTests {
  /// Records the outcomes that it is told, and whether that was on the loop.
  private final class Receiver: ChargeReceiver {
    private let outcomes = Mutex<[ChargeOutcome]>([])
    private let told: (@Sendable () -> Void)?

    init(_ told: (@Sendable () -> Void)? = nil) { self.told = told }

    func settled(_ outcome: ChargeOutcome) {
      outcomes.withLock { $0.append(outcome) }
      told?()
    }

    var balances: [Int64] {
      outcomes.withLock { outcomes in
        outcomes.compactMap { if case .charged(let balance) = $0 { balance } else { nil } }
      }
    }
  }

  /// A loop's jobs, which run when the test says so.
  private final class Loop: Sendable {
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let arrived = DispatchSemaphore(value: 0)

    func execute(_ job: @escaping @Sendable () -> Void) {
      jobs.withLock { $0.append(job) }
      arrived.signal()
    }

    /// Waits for one more job, then runs all jobs that are there.
    func runNext() {
      arrived.wait()
      let waiting = jobs.withLock { jobs in
        defer { jobs = [] }
        return jobs
      }
      for job in waiting { job() }
    }

    var count: Int { jobs.withLock { $0.count } }
  }

  private let receiver = Receiver()
  private let loop = Loop()

  private func till(_ ledger: Ledger) -> Till {
    let loop = loop
    return Till(ledger) { loop.execute($0) }
  }

  @Test("Nothing is decided before, all in one transaction then, and told when the call returns")
  func together() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 20)
    let till = till(ledger)
    let before = try ledger.statistics()
    for _ in 0..<3 { till.charge(.make(account), for: receiver) }
    #expect(receiver.balances == [] && account.balance == 20)
    till.settle()
    #expect(receiver.balances == [13, 6] && account.balance == 6)
    #expect(try ledger.statistics().commits == before.commits + 1)
    #expect(loop.count == 0)
  }

  @Test("Each till settles its own")
  func tills() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100)
    let (first, second) = (till(ledger), till(ledger))
    first.charge(.make(account), for: receiver)
    second.settle()
    #expect(receiver.balances == [])
    let other = Receiver()
    second.charge(.make(account, 1), for: other)
    second.settle()
    #expect(other.balances == [99] && receiver.balances == [])
    first.settle()
    #expect(receiver.balances == [92])
  }

  @Test("Who is told may wait for the ledger, and may charge again")
  func again() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100)
    let till = till(ledger)
    let read = Mutex<Int64?>(nil)
    let second = receiver
    let first = Receiver {
      // On the ledger's queue this call would trap.
      let page = try? ledger.page(of: account)
      read.withLock { $0 = page?.entries.last?.balance }
      till.charge(.make(account), for: second)
    }
    till.charge(.make(account), for: first)
    till.settle()
    #expect(first.balances == [93] && read.withLock { $0 } == 93)
    // The charge that was added meanwhile is left to the ledger's queue, and its outcome is
    // reported on the loop.
    loop.runNext()
    #expect(second.balances == [86])
  }

  @Test("Charges that are held together are told on the loop, all in one job")
  func held() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100)
    let till = till(ledger)
    ledger.together {
      for _ in 0..<3 { till.charge(.make(account), for: receiver) }
      till.settle()
      #expect(receiver.balances == [])
    }
    _ = try ledger.statistics()
    #expect(loop.count == 1 && receiver.balances == [])
    loop.runNext()
    #expect(receiver.balances == [93, 86, 79])
  }

  @Test("A file's commits are left to the ledger's queue")
  func file() throws {
    let directory = try TemporaryDirectory()
    let ledger = try Ledger(.file(directory.file()))
    let account = try ledger.make(grant: 100)
    let till = till(ledger)
    for _ in 0..<2 { till.charge(.make(account), for: receiver) }
    till.settle()
    loop.runNext()
    #expect(receiver.balances == [93, 86])
    ledger.close()
  }

  /// Records when it is told, in a list that it shares with others.
  private final class Writer: WriteReceiver {
    let told = Mutex<[LedgerError?]>([])

    func written(_ error: LedgerError?) { told.withLock { $0.append(error) } }
  }

  @Test("Documents go with the charges of their round, in one commit")
  func documents() throws {
    let directory = try TemporaryDirectory()
    let ledger = try Ledger(.file(directory.file()))
    let account = try ledger.make(grant: 100)
    let removed = try ledger.make("removed")
    try ledger.removeOrganization(removed)
    let till = till(ledger)
    let writer = Writer()
    let before = try ledger.statistics().commits
    till.write([.init(of: account, kind: 1, id: "a", body: [1])], for: writer)
    till.charge(.make(account), for: receiver)
    till.write([.init(of: removed, kind: 1, id: "b", body: [1])], for: writer)
    till.charge(.make(account), for: receiver)
    till.settle()
    loop.runNext()
    #expect(receiver.balances == [93, 86])
    #expect(writer.told.withLock { $0 } == [nil, .unknownAccount])
    #expect(try ledger.ids(of: account) == ["a"])
    #expect(try ledger.statistics().commits == before + 1)
    ledger.close()
    till.write([], for: writer)
    till.settle()
    loop.runNext()
    #expect(writer.told.withLock { $0.last } == .some(.closed))
  }

  @Test("In memory whoever writes is told at once")
  func documentsInMemory() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100)
    let till = till(ledger)
    let writer = Writer()
    till.write([.init(of: account, kind: 1, id: "a", body: [1])], for: writer)
    till.charge(.make(account), for: receiver)
    till.settle()
    #expect(writer.told.withLock { $0 } == [nil] && receiver.balances == [93])
  }

  @Test("A closed ledger refuses what a till brings")
  func closed() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100)
    let till = till(ledger)
    till.charge(.make(account), for: receiver)
    ledger.close()
    till.settle()
    loop.runNext()
    #expect(receiver.balances == [])
  }

  @Test("Many tills at once lose nothing")
  func manyTills() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100_000)
    let receiver = receiver
    let group = DispatchGroup()
    for _ in 0..<100 {
      DispatchQueue.global().async(group: group) {
        let till = Till(ledger) { $0() }
        for _ in 0..<9 {
          till.charge(.make(account), for: receiver)
          till.settle()
        }
      }
    }
    group.wait()
    // Charges that a busy ledger has left to its queue come before this call.
    _ = try ledger.statistics()
    ledger.close()
    #expect(receiver.balances.count == 900 && account.balance == 100_000 - 6_300)
  }
}
