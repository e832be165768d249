import Synchronization
import Testing

@testable import Ledger

@Suite("Charging")
struct ChargingTests {
  let ledger: Ledger

  init() throws {
    ledger = try Ledger()
  }

  @Test("Of 150 charges racing for the credits of 100, exactly 100 succeed")
  func race() async throws {
    let account = try ledger.make(grant: 700)
    let outcomes = await withTaskGroup(of: ChargeOutcome.self) { group in
      for _ in 0..<150 { group.addTask { await ledger.charge(.make(account, 7)) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0.isCharged } == 100)
    #expect(outcomes.count { $0 == .insufficient(balance: 0) } == 50)
    #expect(account.balance == 0)
    let page = try ledger.page(of: account, limit: 1_000)
    #expect(page.balance == 0)
    #expect(page.isConsistent)
    #expect(page.entries.map(\.id) == Array(1...101))
    #expect(page.entries.map(\.balance) == (0...100).map { 700 - 7 * $0 })
  }

  @Test("An outcome carries the balance after exactly that charge")
  func balances() async throws {
    let account = try ledger.make(grant: 20)
    let outcomes = await ledger.charge(
      contentsOf: [7, 7, 7, 6, 1, 0].map { Charge.make(account, $0) })
    #expect(
      outcomes == [
        .charged(balance: 13), .charged(balance: 6), .insufficient(balance: 6),
        .charged(balance: 0), .insufficient(balance: 0), .charged(balance: 0),
      ])
    #expect(account.balance == 0)
    #expect(try ledger.statistics().charged == 20)
  }

  @Test(
    "Few charges that are made together in memory are told when the call returns, and all at last",
    arguments: [1, 8, 9, 500])
  func together(count: Int) throws {
    let account = try ledger.make(grant: 1_000)
    let told = Mutex<[ChargeOutcome]>([])
    ledger.together {
      for _ in 0..<count {
        ledger.charge(.make(account, 1)) { outcome in told.withLock { $0.append(outcome) } }
      }
      // Another call within it settles nothing yet.
      ledger.together {}
      #expect(told.withLock { $0.isEmpty })
    }
    if count <= 8 { #expect(told.withLock { $0.count } == count) }
    // Waits for the ledger's queue.
    _ = try ledger.statistics()
    #expect(told.withLock { $0 } == (0..<count).map { .charged(balance: 999 - Int64($0)) })
  }

  @Test("What is charged when charges that were made together are told is settled as well")
  func togetherAgain() throws {
    let account = try ledger.make(grant: 100)
    let told = Mutex<[ChargeOutcome]>([])
    ledger.together {
      ledger.charge(.make(account, 7)) { [ledger] outcome in
        told.withLock { $0.append(outcome) }
        ledger.together {
          ledger.charge(.make(account, 7)) { outcome in told.withLock { $0.append(outcome) } }
        }
        // One outcome after the other, never one within the other.
        #expect(told.withLock { $0.count } == 1)
      }
    }
    #expect(told.withLock { $0 } == [.charged(balance: 93), .charged(balance: 86)])
  }

  @Test("The committed balance shows by the time the outcome is told")
  func published() async throws {
    let account = try ledger.make(grant: 20)
    let seen = await withCheckedContinuation { continuation in
      ledger.charge(.make(account, 7)) { _ in continuation.resume(returning: account.balance) }
    }
    #expect(seen == 13)
  }

  @Test("An entry keeps everything the charge said")
  func entry() async throws {
    let account = try ledger.make(grant: 20)
    let long = String(repeating: "ä\0", count: 200)
    _ = await ledger.charge(
      contentsOf: [
        .make(account, 7, at: -5, endpoint: "GET /x", requestID: long, taskID: "t"),
        .make(account, 1, endpoint: "", requestID: nil, taskID: ""),
      ])
    #expect(
      try ledger.page(of: account, since: 1).entries == [
        Ledger.Entry(
          id: 2, at: -5, kind: .charge, amount: -7, balance: 13, endpoint: "GET /x",
          requestID: long, taskID: "t"),
        Ledger.Entry(
          id: 3, at: 2, kind: .charge, amount: -1, balance: 12, endpoint: "",
          requestID: nil, taskID: ""),
      ])
  }

  @Test("However many are charged at once, each entry is its own charge's", arguments: 1...20)
  func entries(count: Int) async throws {
    let accounts = [try ledger.make("one"), try ledger.make("two")]
    let charges = (1...count).map { number in
      Charge.make(
        accounts[number % 2], Int64(number), at: Int64(100 + number),
        endpoint: String(repeating: "é", count: number),
        requestID: number % 3 == 0 ? nil : "request \(number)",
        taskID: number % 4 == 0 ? "task \(number)" : nil)
    }
    #expect(await ledger.charge(contentsOf: charges).allSatisfy(\.isCharged))
    for account in accounts {
      let mine = charges.filter { $0.account === account }
      let page = try ledger.page(of: account)
      let written = page.entries.dropFirst()
      #expect(page.isConsistent)
      #expect(written.map(\.id) == mine.indices.map { Int64($0 + 2) })
      #expect(written.map(\.amount) == mine.map { -$0.amount })
      #expect(written.map(\.at) == mine.map(\.at))
      #expect(written.map(\.endpoint) == mine.map(\.endpoint))
      #expect(written.map(\.requestID) == mine.map(\.requestID))
      #expect(written.map(\.taskID) == mine.map(\.taskID))
    }
    #expect(try ledger.verify() == [])
  }

  @Test("Charges that arrive while the ledger is busy share one commit, in order of arrival")
  func groupCommit() throws {
    let account = try ledger.make(grant: 1_000)
    let other = try ledger.make("other", grant: 1_000)
    let before = try ledger.statistics()
    let heard = Mutex<[Int]>([])
    ledger.whileBusy {
      for index in 0..<100 {
        ledger.charge(.make(index % 2 == 0 ? account : other)) { _ in
          heard.withLock { $0.append(index) }
        }
      }
    }
    let after = try ledger.statistics()
    #expect(after.commits - before.commits == 1)
    #expect(after.entries - before.entries == 100)
    #expect(after.largestBatch == 100)
    #expect(after.commitNanoseconds > before.commitNanoseconds)
    #expect(heard.withLock { $0 } == Array(0..<100))
    #expect(account.balance == 650 && other.balance == 650)
  }

  @Test("Charges that take nothing commit nothing", arguments: [0, 1_001])
  func nothingTaken(amount: Int64) async throws {
    let account = try ledger.make(grant: 1_000)
    let before = try ledger.statistics()
    _ = await ledger.charge(.make(account, amount))
    #expect(try ledger.statistics() == before)
    #expect(try ledger.page(of: account).entries.count == 1)
  }

  @Test("A charge that can't be meant is refused and holds up no other")
  func refused() async throws {
    let account = try ledger.make(grant: 10)
    let removed = try ledger.make("removed")
    try ledger.removeOrganization(removed)
    let foreign = try Ledger().make()
    let outcomes = await ledger.charge(
      contentsOf: [
        .make(account, -1), .make(removed), .make(foreign), .make(account, .max),
        .make(account, 7),
      ])
    #expect(
      outcomes == [
        .failed(.invalidAmount(-1)), .failed(.unknownAccount), .failed(.unknownAccount),
        .insufficient(balance: 10), .charged(balance: 3),
      ])
    #expect(foreign.balance == 1_000)
  }

  @Test("An empty list of charges completes with an empty list")
  func empty() async {
    #expect(await ledger.charge(contentsOf: []) == [])
  }

  @Test("A call that waits sees the charges made before it by the same thread")
  func order() throws {
    let account = try ledger.make(grant: 10)
    ledger.charge(.make(account, 7)) { _ in }
    #expect(try ledger.page(of: account).balance == 3)
  }

  @Test("Closing settles what is pending and refuses what comes later")
  func closing() async throws {
    let account = try ledger.make(grant: 20)
    let early = Mutex<ChargeOutcome?>(nil)
    ledger.charge(.make(account, 7)) { outcome in early.withLock { $0 = outcome } }
    ledger.close()
    ledger.close()
    #expect(early.withLock { $0 } == .charged(balance: 13))
    #expect(await ledger.charge(.make(account)) == .failed(.closed))
    #expect(await ledger.charge(contentsOf: [.make(account)]) == [.failed(.closed)])
    #expect(throws: LedgerError.closed) { try ledger.page(of: account) }
    #expect(throws: LedgerError.closed) { try ledger.addCredits(1, to: account, at: 3) }
    #expect(throws: LedgerError.closed) { try ledger.organizations() }
    #expect(throws: LedgerError.closed) { try ledger.statistics() }
    #expect(account.balance == 13)
  }
}
