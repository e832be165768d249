import Foundation
import JSON
import Testing

@testable import CloroMock

/// Changes of all keys take time in proportion to their number. A scan of all keys for each key
/// would take a hundred times as long for ten times as many keys; the bound is far from both. The
/// thread's own processor time is measured, so other work on the machine doesn't matter.
@Suite("Ten times as many keys take about ten times as long", .serialized)
struct ManyKeysTests {
  private static let few = 300
  private static let many = 3000
  private static let bound = 30.0

  /// The shorter of two measurements of a change with so many keys, in nanoseconds.
  private func time(
    _ count: Int, _ make: (Int) throws -> MockServer, _ change: (MockServer) throws -> Void
  ) throws -> UInt64 {
    try (0..<2).map { _ in
      let mock = try make(count)
      let begin = Self.processorTime()
      try change(mock)
      return Self.processorTime() - begin
    }.min()!
  }

  private static func processorTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private func expectProportion(
    _ make: (Int) throws -> MockServer, _ change: (MockServer) throws -> Void
  ) throws {
    let many = try Double(time(Self.many, make, change))
    let ratio = try many / Double(time(Self.few, make, change))
    #expect(ratio < Self.bound)
  }

  /// Keys, each of its own organization.
  private func apart(_ count: Int) throws -> MockServer {
    let mock = try MockServer(.make())
    for _ in 0..<count { _ = try mock.organizations.mint(KeyOrder(settings: KeySettings())) }
    return mock
  }

  /// Keys of one organization.
  private func together(_ count: Int) throws -> MockServer {
    let mock = try MockServer(.make())
    let order = KeyOrder(
      settings: KeySettings(), organization: PlanCatalogue.defaultOrganization)
    for _ in 0..<count { _ = try mock.organizations.mint(order) }
    return mock
  }

  /// Keys given by a fixture, all of one organization.
  private func given(_ count: Int) throws -> MockServer {
    try given(count) { _ in "many" }
  }

  /// Keys given by a fixture, each of its own organization.
  private func givenApart(_ count: Int) throws -> MockServer {
    try given(count) { "many-\($0)" }
  }

  private func given(_ count: Int, of organization: (Int) -> String) throws -> MockServer {
    let keys = (0..<count).map { number -> JSON in
      let digits = String(number)
      let text = "sk_test_" + String(repeating: "0", count: 32 - digits.count) + digits
      return ["key": .string(text), "organization": .string(organization(number))]
    }
    return try MockServer(MockConfiguration(fixture: ["plan": "many", "keys": .array(keys)]))
  }

  @Test("A reset with minted organizations")
  func minted() throws {
    try expectProportion(apart) { mock in
      try mock.organizations.reset(rules: RuleSet())
      #expect(mock.organizations.keys.count == 1)
    }
  }

  @Test("A reset with an organization of minted keys")
  func joined() throws {
    try expectProportion(together) { mock in
      try mock.organizations.reset(rules: RuleSet())
      #expect(mock.organizations.keys.count == 1)
    }
  }

  @Test("A reset with an organization of a fixture's keys")
  func fixture() throws {
    try expectProportion(given) { mock in
      try mock.organizations.reset(rules: RuleSet())
      #expect(mock.organizations.keys.count > 1)
    }
  }

  @Test("A reset with a fixture's organizations")
  func fixtureApart() throws {
    try expectProportion(givenApart) { mock in
      try mock.organizations.reset(rules: RuleSet())
      #expect(mock.organizations.keys.count > 1)
    }
  }

  @Test("Removing all one after the other")
  func removed() throws {
    try expectProportion(apart) { mock in
      for key in mock.organizations.keys { _ = try mock.organizations.remove(key.text) }
      #expect(mock.organizations.keys.isEmpty)
    }
  }

  @Test("Resetting each one's organization")
  func resetEach() throws {
    try expectProportion(apart) { mock in
      for key in mock.organizations.keys { try mock.organizations.reset(key.organization) }
    }
  }

  @Test("Going back to a snapshot of all")
  func restored() throws {
    try expectProportion(apart) { mock in
      _ = try mock.operations.state.save("all", of: nil)
      _ = try mock.operations.state.restore("all", of: nil)
    }
  }
}
