import Simulation
import Testing

@testable import CloroMock

@Suite("Rules of one kind")
struct RuleListTests {
  private var list = RuleList<Fault>(of: "acme")

  private mutating func strikes(_ ordinal: UInt64 = 1, seed: UInt64 = 0) -> Bool {
    list.strike(
      ordinal: ordinal, seed: seed, RuleCaller(key: "", now: Timestamp(nanoseconds: 0))) != nil
  }

  @Test("Fail the first two, then work; what has matched is counted on")
  mutating func times() throws {
    _ = list.add(try .make(#"{"fault":{"kind":"status","status":503},"times":2}"#), number: 1)
    var struck: [Bool] = []
    for _ in 0..<4 { struck.append(strikes()) }
    #expect(struck == [true, true, false, false])
    #expect(list.rules.map(\.timesLeft) == [0] && list.rules.map(\.seen) == [4])
  }

  @Test("Only the nth strikes")
  mutating func nth() throws {
    _ = list.add(
      try .make(#"{"match":{"nth":3},"fault":{"kind":"connection_reset"}}"#), number: 1)
    var struck: [Bool] = []
    for _ in 0..<4 { struck.append(strikes()) }
    #expect(struck == [false, false, true, false])
  }

  @Test("A probability strikes about that often, and the same requests every time")
  mutating func probability() throws {
    _ = list.add(
      try .make(#"{"fault":{"kind":"connection_reset"},"probability":0.25}"#), number: 1)
    var (first, second): ([Bool], [Bool]) = ([], [])
    for seed in 0..<4000 { first.append(strikes(seed: SeededRandom.mix(UInt64(seed)))) }
    for seed in 0..<4000 { second.append(strikes(seed: SeededRandom.mix(UInt64(seed)))) }
    #expect(first == second)
    #expect(850...1150 ~= first.count { $0 })
  }

  @Test("Identifiers name organization and place, and aren't used again")
  mutating func identifiers() throws {
    #expect(list.add(try .make(), number: 1).id == "fault-acme-1")
    let (isGone, isGoneTwice) = (list.remove("fault-acme-1"), list.remove("fault-acme-1"))
    #expect(isGone && !isGoneTwice)
    #expect(list.add(try .make(), number: 2).id == "fault-acme-2")
    var shared = RuleList<Stub>(of: nil)
    #expect(shared.add(try .make(), number: 3).id == "stub-1")
    list.removeAll()
    #expect(list.rules.isEmpty)
  }

  @Test("A fixture's rules come first, and follow it: the same ones keep their counts")
  mutating func following() throws {
    let (first, second) = (
      try Fault.make(#"{"fault":{"kind":"connection_reset"},"times":5}"#),
      try Fault.make(#"{"fault":{"kind":"empty_response"}}"#)
    )
    list.follow([first])
    _ = list.add(try .make(#"{"fault":{"kind":"webhook_drop"}}"#), number: 1)
    #expect(strikes(1))
    list.follow([second, first])
    #expect(
      list.rules.map(\.definition.kind) == [
        .emptyResponse, .connectionReset(.before), .webhookDrop,
      ])
    #expect(list.rules.map(\.timesLeft) == [nil, 4, nil] && list.rules.map(\.seen) == [0, 1, 0])
    list.follow([])
    #expect(list.rules.map(\.definition.kind) == [.webhookDrop])
  }

  @Test("A fixture's rule that was removed stays away while the fixture says the same")
  mutating func removed() throws {
    let fault = try Fault.make()
    list.follow([fault])
    let isGone = list.remove(list.rules[0].id)
    #expect(isGone)
    list.follow([fault])
    #expect(list.rules.isEmpty)
    list.follow([fault, fault])
    #expect(list.rules.count == 2)
  }
}
