import JSON
import Simulation
import Testing

@testable import CloroMock
@testable import Ledger

/// What the ledger refuses changes nothing, neither in memory nor in the ledger.
@Suite("Changes that the ledger refuses")
struct RefusedChangeTests {
  private static let kept = "sk_test_00000000000000000000000000000001"
  private static let other = "sk_test_00000000000000000000000000000002"

  /// Everything that a change may touch.
  private struct Picture: Equatable {
    var keys: [String] = []
    var organizations: [ObjectIdentifier] = []
    var ledger: [String] = []
    var entries: [[Ledger.Entry]] = []
    var minted: UInt64
    var journal: Int64
    var faults: [String]

    init(_ mock: MockServer) throws {
      let directory = mock.organizations
      keys = directory.keys.map { key in
        let (settings, account) = (key.organization.settings, key.organization.account)
        return """
          \(key.text) \(key.isRevoked) \(key.organization.name) \(account.balance) \
          \(settings.plan.name) \(settings.plan.concurrency)
          """
      }
      organizations = directory.all.map { ObjectIdentifier($0) }
      for record in try mock.ledger.organizations() {
        ledger.append(
          "\(record.account.name) \(record.plan) \(record.settings) \(record.account.balance) "
            + "\(record.keys)")
        entries.append(try mock.ledger.page(of: record.account).entries)
      }
      minted = directory.present.minted
      journal = mock.journal.last
      faults = mock.operations.rules.list(\.faults, of: nil).map(\.id)
      #expect(try mock.operations.selfCheck.report().problems == [])
    }
  }

  /// A double with two organizations, one of which has two keys, and a snapshot.
  private func make() throws -> MockServer {
    let mock = try MockServer(.make())
    let directory = mock.organizations
    let first = try directory.mint(
      KeyOrder(settings: KeySettings(credits: 100), key: Self.kept))
    _ = try directory.mint(KeyOrder(settings: KeySettings(), organization: first.organization.name))
    _ = try mock.operations.state.save("before", of: nil)
    _ = try directory.mint(KeyOrder(settings: KeySettings(credits: 5), key: Self.other))
    _ = try directory.change(Self.kept, KeyChange(settings: KeySettings(concurrency: 3)))
    _ = try mock.operations.rules.add(
      mock.operations.rules.fault(RuleMatch(), .emptyResponse, times: 1, probability: nil),
      to: \.faults)
    try mock.ledger.failAtWrite()
    return mock
  }

  struct Change: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// How many writes it makes at least.
    let writes: Int
    let make: @Sendable (MockServer) throws -> Void
  }

  static let changes: [Change] = [
    Change(testDescription: "minting", writes: 3) { mock in
      _ = try mock.operations.keys.mint(KeyOrder(settings: KeySettings(credits: 7)))
    },
    Change(testDescription: "joining", writes: 1) { mock in
      let name = mock.organizations.key(kept)!.organization.name
      _ = try mock.operations.keys.mint(KeyOrder(settings: KeySettings(), organization: name))
    },
    Change(testDescription: "a change of everything", writes: 5) { mock in
      _ = try mock.operations.keys.change(
        kept,
        KeyChange(
          settings: KeySettings(plan: "growth", credits: 9, concurrency: 2), addCredits: 4,
          isRevoked: true))
    },
    Change(testDescription: "removing one of two keys", writes: 1) { mock in
      _ = try mock.operations.keys.remove(kept)
    },
    Change(testDescription: "removing the last key", writes: 3) { mock in
      _ = try mock.operations.keys.remove(other)
    },
    Change(testDescription: "resetting one", writes: 4) { mock in
      try mock.operations.state.reset(mock.operations.keys.find(kept))
    },
    Change(testDescription: "resetting all", writes: 11) { mock in
      try mock.operations.state.reset(nil)
    },
    Change(testDescription: "restoring one", writes: 2) { mock in
      _ = try mock.operations.state.restore("before", of: kept)
    },
    Change(testDescription: "restoring all", writes: 6) { mock in
      _ = try mock.operations.state.restore("before", of: nil)
    },
    Change(testDescription: "other fixtures", writes: 3) { mock in
      var plans = PlanCatalogue()
      let fixture = """
        {"plan": "new", "concurrency": 1, "keys": [
          {"key": "sk_test_00000000000000000000000000000007", "organization": "seven"}]}
        """
      try plans.add([("new.json", Array(fixture.utf8))])
      try mock.reload(plans)
    },
  ]

  @Test("leave memory and ledger as they were, whichever write fails", arguments: changes)
  func refused(_ change: Change) async throws {
    let mock = try make()
    let before = try Picture(mock)
    var number = 0
    while true {
      try mock.ledger.failAtWrite(number)
      do {
        try change.make(mock)
        break
      } catch let error as ControlError {
        #expect(error.status == 500 && error.message.contains("full"))
      } catch MockStartError.ledger(.database(_, "full")) {
        // The same, from a call that isn't one of the control API's.
      }
      #expect(try Picture(mock) == before)
      number += 1
    }
    #expect(number >= change.writes)
    #expect(try Picture(mock) != before)
    try mock.ledger.failAtWrite()
    #expect(try mock.ledger.verify() == [])
    await mock.stop(within: 0)
  }

  @Test("The check of itself finds each disagreement")
  func disagreements() async throws {
    let mock = try make()
    let key = mock.organizations.key(Self.kept)!
    func problems(_ sql: String) throws -> [String] {
      try mock.ledger.execute(sql)
      return try mock.operations.selfCheck.report().problems
    }
    let name = key.organization.name
    let number = key.organization.account.id
    #expect(
      try problems("UPDATE organization SET balance = 99 WHERE id = \(number)") == [
        "organization \(name): balance 100, in the ledger 99",
        "organization \(name): the entries don't add up to 99",
      ])
    #expect(
      try problems(
        "UPDATE organization SET balance = 100, settings = '{\"credits\": 1}' WHERE id = \(number)")
        == ["organization \(name): other settings than in the ledger"])
    #expect(
      try problems(
        """
        UPDATE organization SET settings = '\(OrganizationDirectory.text(
          key.organization.settings.overrides))' WHERE id = \(number);
        UPDATE api_key SET revoked = 1 WHERE text = '\(Self.kept)'
        """) == ["organization \(name): key …0001: revoked in one of both"])
    #expect(
      try problems("DELETE FROM api_key WHERE text = '\(Self.kept)'")
        == ["organization \(name): key …0001: not in the ledger"])
    #expect(
      try problems(
        "UPDATE api_key SET text = '\(Self.kept)', revoked = 0 WHERE text = '\(Self.other)'"
      ).count
        == 3)
    _ = key.organization.withState { $0.slots.acquire(limit: 5, for: .request(Identifier(1))) }
    #expect(
      try mock.operations.selfCheck.report().problems.last
        == "organization \(name): 1 slots of requests that have ended")
    await mock.stop(within: 0)
  }
}
