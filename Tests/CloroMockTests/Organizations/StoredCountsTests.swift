import CloroContract
import Dispatch
import JSON
import Ledger
import Logging
import Platform
import Simulation
import Synchronization
import Testing

@testable import CloroMock

@Suite("Counts that a database keeps", .timeLimit(.minutes(5)))
struct StoredCountsTests {
  @Test("Tallies are read as they were written")
  func tallies() throws {
    var tallies = Tallies()
    for (label, price) in [("nightly", 0.0004), (nil, nil)] as [(String?, Double?)] {
      tallies.change(page: tallies.page(label, price)) { tally in
        tally.requests = 12
        tally.credits = 34
        tally.shares[Provider.grok.index] = Tally.Share(sync: 1, async: 2, credits: 3)
        tally.refuse("RATE_LIMIT_EXCEEDED", 5)
        tally.refuse("INSUFFICIENT_CREDITS")
      }
    }
    tallies.webhooks = Tally.Webhooks(delivered: 1, failed: 2, attempts: 7)
    tallies.peak = Tallies.Peak(concurrency: 4, queued: 9)
    let example = Finding.Example(
      requests: [Identifier(1), Identifier(2)], at: Timestamp(nanoseconds: 1_234_567_891),
      organization: "acme")
    tallies.find(.overrun, { example }, 3)

    let json = try JSON(parsing: tallies.stored.encoded)
    let problems = JSONProblems()
    var reader = try #require(ObjectReader(json, problems: problems))
    let read = try #require(Tallies.read(&reader))
    reader.finish()
    #expect(problems.list.isEmpty)
    #expect(read.stored.encoded == tallies.stored.encoded)
    #expect(read.pages.map(\.label) == ["nightly", nil] && read.pages[0].usdPerCredit == 0.0004)
    #expect(read.pages[0].tally.refused == 6 && read.peak == tallies.peak)
    #expect(read.findings[FindingID.overrun.index]?.example.requests == example.requests)
  }

  @Test("An organization that is gone is let go of, even if its key has counted requests")
  func letGo() throws {
    let folder = try TemporaryFolder()
    var configuration = MockConfiguration()
    configuration.database = folder.path + "/ledger.db"
    let directory = try MockServer(configuration).organizations
    weak var gone: Organization?
    do {
      let key = try directory.mint(KeyOrder(settings: KeySettings()))
      gone = key.organization
      key.organization.noteRequest(of: key)
      #expect(key.organization.takeChanges().count > 0)
      key.organization.noteRequest(of: key)
      _ = try directory.remove(key.text)
      // A request that was under way.
      key.organization.noteRequest(of: key)
    }
    #expect(gone == nil)
  }

  /// An organization of a ledger in a file, with what keeps its counts.
  private func organization(
    _ ledger: Ledger, isStored: Bool
  ) throws -> (organization: Organization, keeper: StateKeeper) {
    let keeper = try StateKeeper(
      ledger, clock: MockClock(mode: .real), shared: RuleSet(isStored: true),
      file: TaskFile(ledger, reading: SerialQueue()),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let account =
      try ledger.organizations().first?.account
      ?? ledger.createOrganization(named: "acme", plan: "hobby", grant: 100, at: 0)
    let settings = OrganizationSettings(
      KeySettings(), plans: PlanCatalogue(), defaults: OrganizationSettings.Defaults())
    let organization = Organization(
      account: account, createdAt: Timestamp(milliseconds: 0), settings: settings, keeper: keeper,
      isStored: isStored)
    return (organization, keeper)
  }

  @Test("Questions go on with their counts, and those that were forgotten are gone from the file")
  func asked() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/counts.db"
    let first = try Ledger(.file(path))
    var (organization, keeper) = try organization(first, isStored: false)
    let many = UInt64(AskedQuestions.most) + 2
    organization.withState { state in
      for question in 0..<many { _ = state.asked.count(question) }
      for _ in 0..<3 { _ = state.asked.count(many - 1) }
    }
    #expect(await keeper.flush() == nil)
    first.close()

    let second = try Ledger(.file(path))
    defer { second.close() }
    (organization, keeper) = try self.organization(second, isStored: true)
    let before = organization.withState { state in
      [0, 1, 2, many - 1, many].map { state.asked.count($0) }
    }
    #expect(before == [0, 0, 1, 4, 0])
    // A snapshot has those, too, that nobody has asked for again.
    let all = organization.withState { state in
      state.asked.readAll()
      return state.asked.apart.all
    }
    #expect(all.count == AskedQuestions.most + 3)
    #expect(all.first { $0.question == many - 1 }?.count == 5)
  }

  @Test("What couldn't be written is written with the next commit")
  func failed() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/counts.db"
    let ledger = try Ledger(.file(path))
    defer { ledger.close() }
    let (organization, keeper) = try organization(ledger, isStored: false)
    let key = APIKey("sk_live_a", organization: organization)
    _ = key.admit(to: Endpoint.all[0], under: organization.settings, at: Timestamp(milliseconds: 0))
    _ = organization.withState { $0.asked.count(7) }
    organization.tally.count(under: nil, answered: .grok, charged: 5, refusal: nil)
    organization.rules.follow(faults: [try Fault.make()], stubs: [])
    _ = RuleSet().strike(.make(key: key))
    try ledger.failAtWrite(1)
    #expect(await keeper.flush() != nil)
    try ledger.failAtWrite()
    #expect(keeper.requests(of: key.text, organization) == nil)
    #expect(await keeper.flush() == nil)
    #expect(keeper.requests(of: key.text, organization) == 1)
    #expect(keeper.asked(7, organization.account) == 1)
    #expect(keeper.tallies(organization.account)?.pages.first?.tally.credits == 5)
    #expect(try keeper.rules()[organization.account.id]?.map(\.id).first == "fault")
  }

  @Test("Of rules that several threads add or remove at the same time the file has what memory has")
  func concurrentRules() throws {
    let (rules, fault) = (RuleSet(isStored: true), try Fault.make())
    let file = File()
    DispatchQueue.concurrentPerform(iterations: 200) { turn in
      let number = RuleSet.nextNumber()
      let added = rules.change {
        $0.faults.add(fault, number: number)
      } texts: { added, lists in
        [lists.listText(of: Fault.name), added.text]
      } store: {
        file.store($0)
      }
      guard turn % 2 == 0 else { return }
      _ = rules.change {
        $0.faults.remove(added.id)
      } texts: { _, _ in
        [added.removal]
      } store: {
        file.store($0)
      }
    }
    #expect(rules.lists.faults.rules.count == 100)
    #expect(file.texts == rules.lists.texts.reduce(into: [:]) { $0[$1.id] = $1.body })
  }

  /// Stands for the database's file.
  private final class File: Sendable {
    private let state = Mutex<[String: [UInt8]]>([:])

    var texts: [String: [UInt8]] { state.withLock { $0 } }

    func store(_ texts: [StoredText]) {
      state.withLock { for text in texts { $0[text.id] = text.body } }
    }
  }
}
