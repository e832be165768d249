import Dispatch
import Synchronization
import Testing

@testable import Ledger

@Suite("Snapshots and folds under load")
struct SnapshotConcurrencyTests {
  let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  /// The outcomes of the charges of 1 credit on one handle.
  struct Tally {
    var charged: Int64 = 0
    var refused: Int64 = 0
    var other: [ChargeOutcome] = []
  }

  /// Charges the newest handle of an organization from several threads until told to stop.
  final class Load: Sendable {
    let ledger: Ledger
    let current: Mutex<Account>
    let tallies = Mutex<[ObjectIdentifier: Tally]>([:])
    private let waiter = Mutex<
      (handle: ObjectIdentifier, count: Int64, resume: @Sendable () -> Void)?
    >(nil)
    let isOver = Atomic(false)
    private let threads = DispatchGroup()
    private let answers = DispatchGroup()

    init(_ ledger: Ledger, _ account: Account) {
      self.ledger = ledger
      current = Mutex(account)
    }

    func start(threads count: Int) {
      for _ in 0..<count {
        // A queue of its own has a thread of its own, because threads of the global queue must not
        // block.
        DispatchQueue(label: "load").async(group: threads) { [self] in
          while !isOver.load(ordering: .relaxed) { chargeSome() }
        }
      }
    }

    /// Makes a few charges at once, whose outcomes are reported together; the thread continues when
    /// all have been.
    private func chargeSome() {
      let account = current.withLock { $0 }
      let answered = DispatchSemaphore(value: 0)
      answers.enter()
      ledger.charge(contentsOf: Array(repeating: .make(account, 1), count: 8)) { [self] outcomes in
        count(outcomes, on: account)
        answers.leave()
        answered.signal()
      }
      answered.wait()
    }

    func tally(_ account: Account) -> Tally {
      tallies.withLock { $0[ObjectIdentifier(account)] ?? Tally() }
    }

    private func count(_ outcomes: [ChargeOutcome], on account: Account) {
      let handle = ObjectIdentifier(account)
      let charged = tallies.withLock { tallies in
        for outcome in outcomes {
          switch outcome {
          case .charged: tallies[handle, default: Tally()].charged += 1
          case .failed(.unknownAccount): tallies[handle, default: Tally()].refused += 1
          default: tallies[handle, default: Tally()].other.append(outcome)
          }
        }
        return tallies[handle]?.charged ?? 0
      }
      waiter.withLock { waiter in
        guard let (awaited, count, resume) = waiter, awaited == handle, charged >= count else {
          return
        }
        waiter = nil
        resume()
      }
    }

    /// Waits until a handle has had so many charges.
    func wait(for count: Int64, of account: Account) async {
      await withCheckedContinuation { continuation in
        // One more outcome is certain to follow, so a count that was reached meanwhile is noticed
        // then.
        waiter.withLock { $0 = (ObjectIdentifier(account), count, { continuation.resume() }) }
      }
    }

    func stop() {
      isOver.store(true, ordering: .relaxed)
      threads.wait()
      answers.wait()
    }
  }

  @Test(
    "Every charge counts once, on the handle it was meant for", .timeLimit(.minutes(5)),
    arguments: [true, false])
  func load(isFile: Bool) async throws {
    let ledger = try Ledger(isFile ? .file(directory.file()) : .memory, retention: .of(40))
    let others = try (0..<2).map { try ledger.make("o\($0)", grant: 1 << 40) }
    var account = try ledger.make(grant: 1 << 40)
    let load = Load(ledger, account)
    let neighbours = others.map { Load(ledger, $0) }
    load.start(threads: 2)
    for neighbour in neighbours { neighbour.start(threads: 1) }
    // Every handle is kept to the end, because a new one at the address of a freed one would be
    // mistaken for it.
    var handles: [Account] = []
    for round in 0..<8 {
      handles.append(account)
      await load.wait(for: Int64(20 + round * 10), of: account)
      let snapshot = try ledger.snapshot(of: [account])
      if round % 3 != 0 { await load.wait(for: load.tally(account).charged + 100, of: account) }
      let before = account
      if round % 4 == 3 {
        account = try ledger.reset(account, grant: 77, at: 5)
        handles.append(account)
      }
      account = try ledger.restore(snapshot)[0]
      #expect(account.balance == snapshot[0].balance)
      let page = try ledger.page(of: account, limit: .max)
      #expect(page.balance == snapshot[0].balance && page.isConsistent)
      #expect(page.entries.last?.id == snapshot[0].lastEntry)
      load.current.withLock { $0 = account }
      await load.wait(for: 8, of: account)
      #expect(load.tally(before).other.isEmpty)
      #expect(try ledger.page(of: others[0], limit: 0).isConsistent)
    }
    load.stop()
    for neighbour in neighbours { neighbour.stop() }
    for handle in handles + [account] { #expect(load.tally(handle).other.isEmpty) }
    for (other, neighbour) in zip(others, neighbours) {
      #expect(neighbour.tally(other).refused == 0 && neighbour.tally(other).other.isEmpty)
      #expect(other.balance == 1 << 40 - neighbour.tally(other).charged)
    }
    #expect(try ledger.page(of: account, limit: .max).isConsistent)
    #expect(try ledger.verify() == [])
    ledger.close()
  }

  @Test("A charge that waits when its account is restored fails, and one after it counts")
  func onTheWay() async throws {
    let ledger = try Ledger()
    let account = try ledger.make()
    let snapshots = try ledger.snapshot(of: [account])
    let heard = Mutex<[ChargeOutcome]>([])
    ledger.charge(.make(account, 1)) { outcome in heard.withLock { $0.append(outcome) } }
    let fresh = try ledger.restore(snapshots)[0]
    for handle in [account, fresh] {
      ledger.charge(.make(handle, 1)) { outcome in heard.withLock { $0.append(outcome) } }
    }
    #expect(try ledger.page(of: fresh).balance == 999)
    #expect(
      heard.withLock { $0 } == [
        .charged(balance: 999), .failed(.unknownAccount), .charged(balance: 999),
      ])
  }
}
