import Synchronization
import Testing

@testable import Ledger

@Suite("Documents", .timeLimit(.minutes(5)))
struct DocumentTests {
  let directory: TemporaryDirectory
  let ledger: Ledger
  let account: Account

  init() throws {
    directory = try TemporaryDirectory()
    ledger = try Ledger(.file(directory.file()))
    account = try ledger.make(grant: 100)
  }

  private func document(
    _ id: String, _ body: [UInt8]? = [1], of account: Account? = nil, kind: Int64 = 1
  ) -> Ledger.Document {
    Ledger.Document(of: account ?? self.account, kind: kind, id: id, body: body)
  }

  @Test("Documents are found by owner, kind and identifier, replaced, deleted, and there again")
  func writing() async throws {
    let long = [UInt8](repeating: 0xFF, count: 100_000)
    let other = try ledger.make("other")
    let whole = Ledger.Document(of: nil, kind: 1, id: "a", body: [0])
    #expect(
      await ledger.write([
        document("b", long), document("a", []), document("c"), document("c", [3]), whole,
        document("a", [4], of: other), document("a", [5], kind: 2), document("d"),
        document("d", nil), document("never", nil),
      ]) == nil)

    func check(_ ledger: Ledger) throws {
      #expect(try ledger.documents(of: account.id, kind: 1).map(\.body) == [[], long, [3]])
      let second = try ledger.documents(of: account.id, kind: 1, after: "a", limit: 1)
      #expect(second.map(\.id) == ["b"])
      #expect(try ledger.documents(of: account.id, kind: 1, limit: 0).isEmpty)
      #expect(try ledger.document(of: account.id, kind: 1, id: "b") == long)
      #expect(try ledger.document(of: account.id, kind: 1, id: "d") == nil)
      #expect(try ledger.document(of: account.id, kind: 2, id: "a") == [5])
      #expect(try ledger.document(of: 0, kind: 1, id: "a") == [0])
      var all: [Ledger.StoredDocument] = []
      try ledger.documents(kind: 1) { all.append($0) }
      #expect(all.map(\.organization) == [0, 1, 1, 1, 2])
      #expect(all.map(\.id) == ["a", "a", "b", "c", "a"])
      all = []
      try ledger.documents(kind: 1, from: other.id) { all.append($0) }
      #expect(all == [.init(organization: 2, id: "a", body: [4])])
    }
    try check(ledger)
    ledger.close()
    #expect(await ledger.write([document("e")]) == .closed)
    #expect(throws: LedgerError.closed) { try ledger.document(of: 0, kind: 1) }
    #expect(try directory.names() == ["ledger.db"])
    let again = try Ledger(.file(directory.file()))
    defer { again.close() }
    try check(again)
    #expect(try again.verify() == [])
  }

  @Test("Many documents are read in stretches, each once, and a reader may read on meanwhile")
  func stretches() async throws {
    let other = try ledger.make("other")
    let count = 2 * DocumentReader.stretch + 1
    // The end of a stretch falls between organizations, and into one.
    let ids = (0..<count).map { String(100_000 + $0) }
    let documents = ids.enumerated().map { index, id in
      document(id, [], of: index < DocumentReader.stretch ? account : other)
    }
    #expect(await ledger.write(documents) == nil)
    var read: [String] = []
    try ledger.documents(kind: 1) { found in
      read.append(found.id)
      #expect((try? ledger.document(of: found.organization, kind: 1, id: found.id)) == .some([]))
    }
    #expect(read == ids)
    ledger.close()
  }

  @Test("A charge's documents are written if and only if it is made")
  func withCharges() async throws {
    let removed = try ledger.make("removed")
    try ledger.removeOrganization(removed)
    let outcomes = await ledger.charge(contentsOf: [
      .make(account, 40, documents: [document("made")]),
      .make(account, 70, documents: [document("too dear")]),
      .make(account, -1, documents: [document("negative")]),
      .make(account, 0, documents: [document("nothing to pay")]),
      .make(account, 1, documents: [document("stray", of: removed)]),
      .make(removed, 1, documents: [document("gone")]),
    ])
    #expect(
      outcomes == [
        .charged(balance: 60), .insufficient(balance: 60), .failed(.invalidAmount(-1)),
        .charged(balance: 60), .failed(.unknownAccount), .failed(.unknownAccount),
      ])
    #expect(try ledger.ids(of: account) == ["made", "nothing to pay"])
    #expect(account.balance == 60)
    ledger.close()
  }

  @Test("Writes and charges that wait share a commit, in the order in which they came")
  func order() throws {
    let before = try ledger.statistics().commits
    let told = Mutex<[String]>([])
    ledger.whileBusy {
      ledger.charge(.make(account, documents: [document("x", [1])])) { _ in
        told.withLock { $0.append("first") }
      }
      ledger.write([document("x", [2]), document("y", [2])]) { error in
        told.withLock { $0.append("\(error == nil)") }
      }
      ledger.charge(.make(account, documents: [document("y", [3])])) { _ in
        told.withLock { $0.append("last") }
      }
    }
    #expect(try ledger.statistics().commits == before + 1)
    #expect(told.withLock { $0 } == ["first", "true", "last"])
    #expect(try ledger.documents(of: account.id, kind: 1).map(\.body) == [[2], [3]])
    ledger.close()
  }

  @Test("A transaction that a full disk refuses leaves no document, and each writer hears of it")
  func fullDisk() async throws {
    #expect(await ledger.write([document("a", [1])]) == nil)
    try ledger.execute("PRAGMA max_page_count = 1")
    let told = Mutex<[LedgerError?]>([])
    let outcomes = Mutex<[ChargeOutcome]>([])
    ledger.whileBusy {
      ledger.write([document("a", [2])]) { error in told.withLock { $0.append(error) } }
      ledger.charge(.make(account, 7, documents: [document("b")])) { outcome in
        outcomes.withLock { $0.append(outcome) }
      }
      let long = [UInt8](repeating: 1, count: 10_000)
      ledger.write([document("c", long)]) { error in told.withLock { $0.append(error) } }
    }
    #expect(throws: LedgerError.self) {
      try ledger.transaction { (changes) throws(LedgerError) in
        try changes.write([document("d", Array(repeating: 1, count: 10_000))])
      }
    }
    #expect(told.withLock { $0.count } == 2)
    for error in told.withLock({ $0 }) {
      guard case .database(.diskFull, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
    #expect(outcomes.withLock { $0.first?.isCharged } == false && account.balance == 100)
    #expect(try ledger.documents(of: account.id, kind: 1).map(\.body) == [[1]])

    try ledger.execute("PRAGMA max_page_count = 1000000")
    #expect(await ledger.write([document("a", [2])]) == nil)
    #expect(try ledger.documents(of: account.id, kind: 1).map(\.body) == [[2]])
    #expect(try ledger.verify() == [])
    ledger.close()
  }

  @Test("Removal, reset and restore delete an organization's documents, and no others")
  func owners() async throws {
    let (second, third) = (try ledger.make("second"), try ledger.make("third"))
    let whole = Ledger.Document(of: nil, kind: 1, id: "whole", body: [])
    for kind in [-3, 1, .max] as [Int64] {
      for owner in [account, second, third] {
        #expect(await ledger.write([document("x", of: owner, kind: kind)]) == nil)
      }
    }
    #expect(await ledger.write([whole]) == nil)
    // Known after a start, too, and not only to the ledger that has written them.
    ledger.close()
    let ledger = try Ledger(.file(directory.file()))
    let accounts = try ledger.organizations().map(\.account)
    let snapshot = try ledger.snapshot(of: [accounts[2]])
    let reset = try ledger.reset(accounts[0], grant: 5, at: 9)
    try ledger.removeOrganization(accounts[1])
    let restored = try ledger.transaction(restoring: snapshot) {
      (changes, accounts) throws(LedgerError) in
      try changes.write([document("kept", of: accounts[0])])
      return accounts[0]
    }
    for kind in [-3, 1, .max] as [Int64] {
      #expect(try ledger.documents(of: reset.id, kind: kind).isEmpty)
      #expect(try ledger.documents(of: accounts[1].id, kind: kind).isEmpty)
      #expect(try ledger.ids(of: restored, kind: kind) == (kind == 1 ? ["kept"] : []))
    }
    #expect(try ledger.ids(of: nil) == ["whole"])
    // What was still to be written for the old handles must not come back.
    for handle in accounts {
      #expect(
        await ledger.write([document("late", of: reset), document("late", of: handle)])
          == .unknownAccount)
    }
    #expect(throws: LedgerError.unknownAccount) {
      try ledger.transaction { (changes) throws(LedgerError) in
        try changes.write([document("late", of: accounts[0])])
      }
    }
    #expect(try ledger.ids(of: reset).isEmpty)
    #expect(try ledger.verify() == [])
    ledger.close()
  }

  @Test("What a transaction writes is gone when it fails")
  func transaction() throws {
    #expect(throws: LedgerError.keyExists) {
      try ledger.transaction { (changes) throws(LedgerError) in
        let made = try changes.createOrganization(named: "new", plan: "p", grant: 1, at: 1)
        try changes.write([document("a"), document("a", of: made)])
        throw .keyExists
      }
    }
    #expect(try ledger.ids(of: account).isEmpty)
    try ledger.transaction { (changes) throws(LedgerError) in
      let made = try changes.createOrganization(named: "new", plan: "p", grant: 1, at: 1)
      try changes.write([document("a"), document("b", of: made)])
    }
    #expect(try ledger.ids(of: account) == ["a"] && ledger.documents(of: 2, kind: 1).count == 1)
    ledger.close()
  }

  @Test("Documents of organizations that don't exist are found by a verification")
  func strays() throws {
    try ledger.execute(
      "INSERT INTO document VALUES (1, 9, 'a', x''), (2, 9, 'a', x''), (1, 0, '', x'')")
    #expect(try ledger.verify() == [.strayDocuments(organization: 9, documents: 2)])
    ledger.close()
  }

  /// Gives what the test has put into it, once.
  private final class Source: DocumentSource {
    let waiting = Mutex<[Ledger.Document]>([])

    func changedDocuments() -> [Ledger.Document] {
      waiting.withLock { waiting in
        defer { waiting = [] }
        return waiting
      }
    }

    func notWritten(_ documents: [Ledger.Document]) {
      waiting.withLock { $0 += documents }
    }
  }

  @Test("What has changed besides goes along with a commit, and stays when that fails")
  func accompanying() async throws {
    let source = Source()
    try ledger.accompany(with: source)
    let removed = try ledger.make("removed")
    try ledger.removeOrganization(removed)
    source.waiting.withLock { $0 = [document("a"), document("b", of: removed)] }
    // Nothing is committed, so nothing goes along.
    #expect(await ledger.charge(.make(account, 1_000)) == .insufficient(balance: 100))
    _ = try ledger.make("other")
    #expect(try ledger.ids(of: account).isEmpty)

    try ledger.execute("PRAGMA max_page_count = 1")
    #expect(await ledger.write([document("c", Array(repeating: 1, count: 10_000))]) != nil)
    #expect(try ledger.ids(of: account).isEmpty)
    try ledger.execute("PRAGMA max_page_count = 1000000")

    let before = try ledger.statistics().commits
    #expect(await ledger.charge(.make(account)).isCharged)
    #expect(try ledger.ids(of: account) == ["a"])
    #expect(try ledger.statistics().commits == before + 1)
    #expect(source.waiting.withLock { $0.isEmpty })
    source.waiting.withLock { $0 = [document("d")] }
    #expect(await ledger.write([]) == nil)
    #expect(try ledger.ids(of: account) == ["a", "d"])
    ledger.close()
  }

  @Test("In memory nothing is kept, and every writer is told that all is well")
  func memory() async throws {
    let ledger = try Ledger()
    let account = try ledger.make(grant: 10)
    #expect(!ledger.keepsDocuments && self.ledger.keepsDocuments)
    #expect(await ledger.write([document("a", of: account)]) == nil)
    #expect(
      await ledger.charge(.make(account, 1, documents: [document("b", of: account)])).isCharged)
    try ledger.transaction { (changes) throws(LedgerError) in
      try changes.write([document("c", of: account)])
    }
    #expect(try ledger.ids(of: account).isEmpty)
    #expect(try ledger.document(of: account.id, kind: 1, id: "a") == nil)
    try ledger.documents(kind: 1) { _ in Issue.record("a document") }
    ledger.close()
    self.ledger.close()
  }

  @Test("What was acknowledged is there although the ledger was never closed")
  func killed() async throws {
    for number in 100...150 {
      let id = String(number)
      #expect(await ledger.charge(.make(account, 1, documents: [document(id)])).isCharged)
    }
    for suffix in ["", "-wal"] {
      try directory.write(try directory.bytes(of: "ledger.db\(suffix)"), to: "copy.db\(suffix)")
    }
    let copy = try Ledger(.file(directory.file("copy.db")))
    #expect(try copy.ids(of: account) == (100...150).map(String.init))
    #expect(try copy.organizations().map(\.account.balance) == [49])
    copy.close()
    ledger.close()
  }
}
