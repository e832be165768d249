import Simulation
import Testing

@testable import CloroMock

@Suite("The library's refusals", .timeLimit(.minutes(5)))
struct LibraryRefusalTests {
  /// A call that is refused with a status and a message that contains a text.
  struct Case: Sendable, CustomTestStringConvertible {
    let status: Int
    let part: String
    let call: @Sendable (MockServer) async throws -> Void

    init(
      _ status: Int, _ part: String, _ call: @escaping @Sendable (MockServer) async throws -> Void
    ) {
      (self.status, self.part, self.call) = (status, part, call)
    }

    var testDescription: String { "\(status) \(part)" }
  }

  private static let unknown = "sk_live_99999999999999999999999999999999"

  @Test(
    "What is refused names what was expected",
    arguments: [
      Case(400, #"did you mean "hobby"?"#) { try await $0.mint(plan: "hoby") },
      Case(400, "credits: expected") { try await $0.mint(credits: -1) },
      Case(400, "latency: expected") { try await $0.mint(latency: "soon") },
      Case(400, "key: expected a key of the form sk_live_") { try await $0.mint(key: "short") },
      Case(400, "leave out the others") { try await $0.mint(credits: 1, organization: "demo") },
      Case(400, "organization: expected a name") { try await $0.mint(organization: "a b") },
      Case(409, "exists already") { try await $0.mint(key: $0.key) },
      Case(404, "no such key") { _ = try await $0.key(unknown) },
      Case(404, "no such key") { try await $0.change(key: unknown, credits: 1) },
      Case(404, "no such key") { try await $0.remove(key: unknown) },
      Case(404, "no such key") { try await $0.reset(key: unknown) },
      Case(404, "no such key") { _ = try await $0.ledger(key: unknown) },
      Case(400, "since: expected a whole number") { _ = try await $0.journal(since: -1) },
      Case(400, "count: expected") { try await $0.awaitJournal(count: 0) },
      Case(400, "timeoutMs: expected") { try await $0.awaitJournal(timeout: .seconds(601)) },
      Case(400, "timeoutMs: expected") { try await $0.awaitJournal(timeout: .seconds(Int64.max)) },
      Case(408, "0 of 1") { try await $0.awaitJournal(timeout: .zero) },
      Case(400, "seconds: expected") { try await $0.advance(seconds: -1) },
      Case(400, "seconds: expected") { try await $0.advance(seconds: .nan) },
      Case(400, "time only goes forward") {
        try await $0.setClock(now: Timestamp(milliseconds: 0))
      },
      Case(400, "fault: is missing") { try await $0.addFault(["match": [:]]) },
      Case(400, "status: expected 204 or") { try await $0.addFault(.status(399)) },
      Case(400, "body must be an object") { try await $0.addFault("all") },
      Case(404, "no fault x") { try await $0.removeFault("x") },
      Case(404, "no task x") { try await $0.complete(task: "x") },
      Case(404, "no task x") { try await $0.release(task: "x") },
      Case(409, "nothing to record with") { try await $0.startRecording() },
      Case(409, "nothing to record with") { try await $0.stopRecording() },
      Case(404, "no delivery x") { try await $0.redeliver(webhook: "x") },
    ])
  func refused(each: Case) async throws {
    try await withMock(.make()) { mock in
      await #expect {
        try await each.call(mock)
      } throws: { error in
        guard let refusal = error as? MockServer.ControlRefusal else { return false }
        return refusal.status == each.status && refusal.message.contains(each.part)
      }
    }
  }

  @Test("A finished task is in conflict with its end")
  func finished() async throws {
    try await withMock(.make()) { mock in
      let key = try await mock.mint(progression: .hold).key
      _ = try await mock.send(
        "POST", "/v1/async/task", key: key,
        body: #"{"taskType":"GROK","payload":{"prompt":"p","country":"US"}}"#)
      let task = try await mock.tasks(key: key)[0].id
      try await mock.complete(task: task)
      for call in [
        { try await mock.complete(task: task) }, { try await mock.fail(task: task) },
        { try await mock.release(task: task) },
      ] as [() async throws -> MockServer.AsyncTask] {
        await #expect {
          _ = try await call()
        } throws: {
          ($0 as? MockServer.ControlRefusal)?.code == "CONFLICT"
        }
      }
    }
  }
}
