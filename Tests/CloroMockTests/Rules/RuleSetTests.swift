import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Rules of organizations and of all")
struct RuleSetTests {
  private let shared = RuleSet()

  private func struck(_ subject: RuleSubject) -> String? {
    shared.strike(subject) { _ in true }?.id
  }

  @Test("A removed fault strikes no more")
  func remove() throws {
    #expect(struck(.make()) == nil)
    let id = shared.add(try Fault.make(), to: \.faults).id
    #expect(struck(.make()) == id)
    #expect(shared.change { $0.faults.remove(id) })
    #expect(struck(.make()) == nil && shared.lists.faults.rules.isEmpty)
  }

  @Test("What doesn't match neither strikes nor counts")
  func match() throws {
    _ = shared.add(
      try Fault.make(
        #"""
        {"match":{"provider":"grok","prompt":"tent","nth":1},"fault":{"kind":"empty_response"}}
        """#),
      to: \.faults)
    #expect(struck(.make(provider: .grok, question: "boots")) == nil)
    #expect(struck(.make(provider: .gemini, question: "tents")) == nil)
    #expect(struck(.make(provider: .grok)) == nil)
    #expect(struck(.make(provider: .grok, question: "tents")) != nil)
  }

  @Test("What can't strike at this point doesn't count")
  func kinds() throws {
    _ = shared.add(try Fault.make(#"{"fault":{"kind":"webhook_drop"},"times":1}"#), to: \.faults)
    #expect(shared.strike(.make()) { $0 == .connectionReset(.before) } == nil)
    #expect(shared.lists.faults.rules[0].seen == 0)
    #expect(shared.strike(.make()) { $0 == .webhookDrop } != nil)
  }

  @Test("Faults strike in the order of the fixture, then as they were added, wherever")
  func faultOrder() throws {
    let once = #"{"fault":{"kind":"connection_reset"},"times":1}"#
    let key = try APIKey.make(1, faults: [try .make(once), try .make(once)])
    _ = shared.add(try Fault.make(once), to: \.faults)
    _ = key.organization.rules.add(try Fault.make(once), to: \.faults)
    _ = shared.add(try Fault.make(once), to: \.faults)
    let order = (0..<6).map { _ in struck(.make(key: key)) }
    #expect(
      order == ["fault-org-1-1", "fault-org-1-2", "fault-1", "fault-org-1-3", "fault-2", nil])
  }

  @Test("Of stubs the last that was added answers, and a fixture's come last")
  func stubOrder() throws {
    let once = #"{"result":{},"times":1}"#
    let key = try APIKey.make(1, stubs: [try .make(once), try .make(once)])
    _ = shared.add(try Stub.make(once), to: \.stubs)
    _ = key.organization.rules.add(try Stub.make(once), to: \.stubs)
    _ = shared.add(try Stub.make(once), to: \.stubs)
    let taken = (0..<6).map { _ in shared.stub(for: .make(key: key))?.id }
    #expect(taken == ["stub-2", "stub-org-1-3", "stub-1", "stub-org-1-2", "stub-org-1-1", nil])
  }

  @Test("An organization's rules are its own")
  func apart() throws {
    let (first, second) = (try APIKey.make(1), try APIKey.make(2))
    _ = first.organization.rules.add(try Fault.make(), to: \.faults)
    #expect(struck(.make(key: first)) != nil)
    #expect(struck(.make(key: second)) == nil && struck(.make()) == nil)
  }

  @Test("A rule that names a key leaves its organization's other keys alone")
  func sibling() throws {
    let key = try APIKey.make(1)
    let sibling = APIKey("sk_live_sibling", organization: key.organization)
    let text = #"{"match":{"key":"\#(key.text)"},"fault":{"kind":"connection_reset"}}"#
    _ = key.organization.rules.add(try Fault.make(text), to: \.faults)
    #expect(struck(.make(key: sibling)) == nil && struck(.make(key: key)) != nil)
  }

  @Test("A snapshot brings rules back with their counts")
  func snapshot() throws {
    let stub = #"{"result":{},"times":2}"#
    _ = shared.add(
      try Fault.make(#"{"fault":{"kind":"connection_reset"},"times":1}"#), to: \.faults)
    _ = shared.add(try Stub.make(stub), to: \.stubs)
    let rules = shared.lists
    #expect(struck(.make()) != nil && shared.stub(for: .make()) != nil)
    shared.removeAll()
    _ = shared.add(try Stub.make(stub), to: \.stubs)
    shared.lists = rules
    #expect(shared.lists.faults.rules.map(\.timesLeft) == [1])
    #expect(shared.lists.stubs.rules.map(\.id) == ["stub-1"])
    #expect(struck(.make()) == "fault-1" && struck(.make()) == nil)
    shared.lists = RuleSet().lists
    #expect(shared.lists.faults.rules.isEmpty && shared.stub(for: .make()) == nil)
  }

  @Test("Of many at the same time exactly so many strike as were asked for")
  func race() async throws {
    let key = try APIKey.make(1)
    let text = #"{"fault":{"kind":"connection_reset"},"times":100}"#
    _ = key.organization.rules.add(try Fault.make(text), to: \.faults)
    let count = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<50).count { _ in self.struck(.make(key: key)) != nil }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(count == 100)
    #expect(key.organization.rules.lists.faults.rules[0].seen == 400)
  }
}
