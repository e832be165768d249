import JSON
import Platform
import Simulation
import Testing

@testable import CloroMock
@testable import Ledger

/// A large file's organizations are read after the start, and nobody notices.
@Suite("Organizations of a large file", .timeLimit(.minutes(5)))
struct StoredOrganizationsTests {
  private static let count = 2 * OrganizationDirectory.portion + 200
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.path + "/many.db"
  }

  private func configuration(_ fixture: String? = nil) throws -> MockConfiguration {
    var configuration = try MockConfiguration.make(fixture: fixture)
    configuration.database = path
    return configuration
  }

  private static func key(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "sk_live_" + String(repeating: "0", count: 32 - digits.utf8.count) + digits
  }

  /// A file with many organizations of a key each; organizations of even numbers have a label.
  ///
  /// - Parameter age: In days.
  private func fill(age: Int64 = 0) async throws {
    let mock = try MockServer(configuration())
    let now = mock.clock.now.milliseconds - age * 86_400_000
    try mock.ledger.transaction { (changes) throws(LedgerError) in
      // In the opposite order of the names.
      for number in (1...Self.count).reversed() {
        let settings =
          number % 2 == 0
          ? "{\"label\":\"test \(number)\",\"credits\":\(number)}" : "{\"credits\":\(number)}"
        let account = try changes.createOrganization(
          named: "org-\(number)", plan: "hobby", settings: settings, grant: Int64(number),
          at: now)
        try changes.addKey(Self.key(number), to: account)
      }
      // A key that was added last, of one of the first organizations.
      let first = try changes.createOrganization(
        named: "last", plan: "lite", settings: "{}", grant: 3, at: now)
      try changes.addKey(Self.key(0), to: first)
    }
    await mock.stop()
  }

  /// What can be seen of keys and organizations.
  private func picture(_ mock: MockServer) -> [String] {
    mock.keys.map { "\($0)" }
      + mock.organizations.all.map { "\($0.name) \($0.settings.overrides.json.encoded)" }
  }

  @Test("Lists, balances, settings and the order of keys are those of a small file's reading")
  func lists() async throws {
    try await fill()
    let mock = try MockServer(configuration())
    #expect(mock.organizations.isReading)
    // A key of the last portion is found before its turn, with its settings and its balance.
    let key = try #require(mock.organizations.key(Self.key(2)))
    #expect(key.organization.settings.plan.label == "test 2")
    #expect(key.organization.account.balance == 2)
    #expect(mock.organizations.key(Self.key(2)) === key)
    #expect(mock.organizations.key(Self.key(Self.count + 1)) == nil)
    #expect(mock.organizations.isReading)
    let keys = mock.keys
    #expect(!mock.organizations.isReading)
    #expect(mock.organizations.key(Self.key(2)) === key)
    #expect(
      keys.map(\.key) == [PlanCatalogue.defaultKey] + (1...Self.count).reversed().map(Self.key)
        + [Self.key(0)])
    #expect(keys.map(\.credits) == [250_000] + (1...Self.count).reversed() + [3])
    #expect(keys[1].label == "test \(Self.count)" && keys[2].label == nil)
    #expect(mock.organizations.all.count == Self.count + 2)
    #expect(try mock.operations.selfCheck.report().problems == [])
    let before = picture(mock)
    await mock.stop()
    // What was asked for after the stop is there, too.
    #expect(picture(mock) == before)

    let again = try MockServer(configuration())
    #expect(picture(again) == before)
    await again.stop()
  }

  @Test("Keys that are minted meanwhile come last, and are none that the file has")
  func minting() async throws {
    try await fill()
    var limited = try configuration()
    limited.kept.keys = Self.count + 4
    let mock = try MockServer(limited)
    let directory = mock.organizations
    #expect(throws: OrganizationDirectory.Refusal.self) {
      try directory.mint(KeyOrder(settings: KeySettings(), key: Self.key(7)))
    }
    let one = try directory.mint(KeyOrder(settings: KeySettings(credits: 11)))
    let joined = try directory.mint(
      KeyOrder(settings: KeySettings(), organization: "org-5"))
    #expect(directory.isReading)
    // The limit counts keys that aren't read as well.
    #expect(throws: OrganizationDirectory.Refusal.self) {
      try directory.mint(KeyOrder(settings: KeySettings()))
    }
    #expect(joined.organization === directory.key(Self.key(5))?.organization)
    _ = try directory.change(Self.key(3), KeyChange(settings: KeySettings(concurrency: 4)))
    #expect(directory.isReading)
    #expect(mock.keys.suffix(3).map(\.key) == [Self.key(0), one.text, joined.text])
    #expect(directory.keys(of: joined.organization).map(\.text) == [Self.key(5), joined.text])
    #expect(directory.key(Self.key(3))?.organization.settings.plan.concurrency == 4)
    #expect(try mock.operations.selfCheck.report().problems == [])
    await mock.stop()
  }

  @Test("Whoever changes all of them waits until all are read")
  func changes() async throws {
    try await fill()
    let mock = try MockServer(configuration())
    let first = try #require(mock.organizations.key(Self.key(9)))
    try mock.ledger.addCredits(2, to: first.organization.account, at: 0)
    #expect(first.organization.account.balance == 11)
    try mock.organizations.reset(rules: RuleSet())
    #expect(mock.keys.map(\.key) == [PlanCatalogue.defaultKey])
    #expect(try mock.ledger.organizations().map(\.account.name) == ["demo"])
    #expect(try mock.operations.selfCheck.report().problems == [])
    await mock.stop()
  }

  @Test("All are read without being asked for, and one is removed like any other")
  func background() async throws {
    try await fill()
    try await MockServer.with(configuration()) { mock in
      let answer = try await mock.send("GET", "/v1/countries", key: Self.key(8))
      #expect(answer.status == 200)
      try await eventually { !mock.organizations.isReading }
      #expect(mock.organizations.withState { $0.keys.count } == Self.count + 2)
      _ = try await mock.remove(key: Self.key(8))
      #expect(mock.keys.count == Self.count + 1)
      #expect(try await mock.send("GET", "/v1/countries", key: Self.key(8)).status == 401)
    }
  }

  @Test("Credits that were to be renewed while the double was down are, before a key is used")
  func renewal() async throws {
    try await fill(age: 40)
    let mock = try MockServer(configuration())
    let key = try #require(mock.organizations.key(Self.key(6)))
    let page = try mock.ledger.page(of: key.organization.account)
    #expect(page.entries.map(\.kind) == [.grant, .expiry, .grant])
    #expect(key.organization.account.balance == 6)
    // The others' next cycles end together, each once.
    let fired = await mock.clock.advance(nanoseconds: 32 * 86_400 * 1_000_000_000)
    #expect(fired.count == Self.count + 2 && Set(fired.map(\.id)).count == Self.count + 2)
    #expect(try mock.operations.selfCheck.report().problems == [])
    await mock.stop()
  }

  @Test("Tasks are numbered on, also where a file doesn't say the last number yet")
  func numbers() async throws {
    let fixture = """
      {"plan": "test", "extends": "hobby", "progression": {"mode": "immediate"}}
      """
    let body = """
      {"taskType": "CHATGPT", "payload": {"prompt": "Who?", "country": "US"}}
      """
    try await MockServer.with(configuration(fixture)) { mock in
      for _ in 1...3 {
        let answer = try await mock.send("POST", "/v1/async/task", body: body)
        #expect(answer.status == 200)
      }
    }
    for isEarlier in [false, true] {
      let ledger = try Ledger(.file(path))
      if isEarlier {
        try ledger.execute("DELETE FROM document WHERE kind = \(DocumentKind.submitted.rawValue)")
      }
      let file = TaskFile(ledger, reading: SerialQueue())
      _ = try file.beginning()
      #expect(file.lastNumber.load(ordering: .relaxed) == 3)
      ledger.close()
    }
  }
}
