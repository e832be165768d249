import Dispatch
import Synchronization
import Testing

@testable import Ledger

/// Charges that the caller settles. The tests don't suspend, for what is the caller's is its thread's.
@Suite("Settling by the caller", .timeLimit(.minutes(1)))
struct SettlementTests {
  private final class Outcomes: Sendable {
    private let all = Mutex<[ChargeOutcome]>([])

    func note(_ outcome: ChargeOutcome) { all.withLock { $0.append(outcome) } }

    var balances: [Int64] {
      all.withLock { all in
        all.compactMap { if case .charged(let balance) = $0 { balance } else { nil } }
      }
    }
  }

  private let outcomes = Outcomes()

  private func charge(_ ledger: Ledger, _ account: Account) {
    let outcomes = outcomes
    ledger.charge(.make(account), settled: .byCaller) { outcomes.note($0) }
  }

  private func onAnotherThread(_ body: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    DispatchQueue.global().async {
      body()
      done.signal()
    }
    done.wait()
  }

  @Test("Nothing is decided before, all in one transaction then, and told when the call returns")
  func together() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 20)
    let before = try ledger.statistics()
    for _ in 0..<3 { charge(ledger, account) }
    #expect(outcomes.balances == [] && account.balance == 20)
    ledger.settle()
    #expect(outcomes.balances == [13, 6] && account.balance == 6)
    #expect(try ledger.statistics().commits == before.commits + 1)
  }

  @Test("Each thread settles its own")
  func threads() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100)
    charge(ledger, account)
    onAnotherThread { ledger.settle() }
    #expect(outcomes.balances == [])
    let others = Outcomes()
    onAnotherThread {
      ledger.charge(.make(account, 1), settled: .byCaller) { others.note($0) }
      ledger.settle()
    }
    #expect(others.balances == [99] && outcomes.balances == [])
    ledger.settle()
    #expect(outcomes.balances == [92])
  }

  @Test("Who is told may wait for the ledger, and may charge again")
  func completions() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100)
    let entries = Outcomes()
    let again = DispatchSemaphore(value: 0)
    ledger.charge(.make(account), settled: .byCaller) { _ in
      // On the ledger's queue this would trap.
      if let page = try? ledger.page(of: account) {
        entries.note(.charged(balance: page.entries.last!.balance))
      }
      ledger.charge(.make(account), settled: .byCaller) { outcome in
        entries.note(outcome)
        again.signal()
      }
    }
    ledger.settle()
    again.wait()
    #expect(entries.balances == [93, 86])
  }

  @Test("A charge that nobody settles goes with the ledger's next one, or with its end")
  func forgotten() async throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100)
    charge(ledger, account)
    #expect(await ledger.charge(.make(account, 1)) == .charged(balance: 99))
    // The outcomes of one transaction are told one after the other: what is asked now comes after all.
    _ = try ledger.statistics()
    #expect(outcomes.balances == [92])
    charge(ledger, account)
    ledger.close()
    #expect(outcomes.balances == [92, 85])
  }

  @Test("More threads than are kept apart lose nothing")
  func manyThreads() throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 100_000)
    let group = DispatchGroup()
    let outcomes = outcomes
    for _ in 0..<300 {
      DispatchQueue.global().async(group: group) {
        for _ in 0..<3 {
          ledger.charge(.make(account), settled: .byCaller) { outcomes.note($0) }
          ledger.settle()
        }
      }
    }
    group.wait()
    // What a busy ledger has left to its queue comes before what is asked of it now.
    _ = try ledger.statistics()
    ledger.close()
    #expect(outcomes.balances.count == 900 && account.balance == 100_000 - 6_300)
  }
}
