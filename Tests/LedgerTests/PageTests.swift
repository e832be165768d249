import Dispatch
import Synchronization
import Testing

@testable import Ledger

@Suite("Pages of entries")
struct PageTests {
  let ledger: Ledger
  let account: Account

  /// A grant of 1,000 and nine charges of 1.
  init() async throws {
    ledger = try Ledger()
    account = try ledger.make(grant: 1_000)
    // An organization on either side in the file, whose entries must be left out.
    let other = try ledger.make("other")
    for _ in 0..<9 {
      _ = await ledger.charge(contentsOf: [.make(account, 1), .make(other, 1)])
    }
  }

  @Test(
    "A page holds the entries after a number, oldest first, up to a limit",
    arguments: [
      (0, 3, [1, 2, 3]), (3, 3, [4, 5, 6]), (8, 3, [9, 10]), (10, 3, []), (99, 3, []),
      (0, 0, []), (0, -1, []), (-5, 2, [1, 2]), (8, .max, [9, 10]),
    ] as [(Int64, Int, [Int64])])
  func since(since: Int64, limit: Int, ids: [Int64]) throws {
    let page = try ledger.page(of: account, since: since, limit: limit)
    #expect(page.entries.map(\.id) == ids)
    #expect(page.balance == 991)
    #expect(page.isConsistent)
  }

  @Test(
    "The newest page ends with the newest entry",
    arguments: [(3, [8, 9, 10]), (0, []), (-1, []), (.max, Array(1...10))] as [(Int, [Int64])])
  func latest(limit: Int, ids: [Int64]) throws {
    #expect(try ledger.page(of: account, latest: limit).entries.map(\.id) == ids)
  }

  @Test("What has been added up once stays right after more charges")
  func sumOfPrefix() async throws {
    for round: Int64 in 1...3 {
      _ = await ledger.charge(.make(account, 1))
      let page = try ledger.page(of: account, limit: 1)
      #expect(page.balance == 991 - round)
      #expect(page.isConsistent)
      #expect(account.state.summedThrough == 10 + round)
      #expect(account.state.sum == page.balance)
    }
  }

  @Test("Only entries that are new since the last page are added up")
  func prefixIsNotReadAgain() throws {
    #expect(try ledger.page(of: account).isConsistent)
    try ledger.execute("UPDATE entry SET amount = -2 WHERE organization = 1 AND id = 5")
    #expect(try ledger.page(of: account).isConsistent)
    #expect(try !ledger.verify().isEmpty)
  }

  @Test("A page says when the entries don't add up to the balance")
  func inconsistent() throws {
    try ledger.execute("UPDATE organization SET balance = balance + 1 WHERE id = 1")
    let page = try ledger.page(of: account)
    #expect(page.balance == 992)
    #expect(!page.isConsistent)
  }

  @Test("A page that has much to sum up lets charges in between")
  func stretches() async throws {
    let entries = 2 * Int(Records.stretch) + 10
    let ledger = try Ledger(retention: .of(entries * 2))
    let account = try ledger.make(grant: Int64(entries))
    _ = await ledger.charge(contentsOf: (1..<entries).map { _ in .make(account, 1) })
    let page = Mutex<Ledger.Page?>(nil)
    let isRead = DispatchSemaphore(value: 0)
    await withCheckedContinuation { continuation in
      ledger.whileBusy {
        DispatchQueue.global().async {
          page.withLock { $0 = try? ledger.page(of: account, latest: 1) }
          isRead.signal()
        }
        while !ledger.store.isBusy {}
        ledger.charge(.make(account, 1)) { _ in continuation.resume() }
      }
    }
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        isRead.wait()
        continuation.resume()
      }
    }
    // The charge was made after the page was requested, and is still on it.
    let read = try #require(page.withLock { $0 })
    #expect(read.balance == 0 && read.isConsistent && read.entries.last?.id == Int64(entries) + 1)
  }
}
