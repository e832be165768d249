import JSON
import Testing

@testable import CloroMock

@Suite("The library's types", .timeLimit(.minutes(5)))
struct LibraryTypeTests {
  @Test("A key is minted and changed by its settings as one value")
  func settings() async throws {
    try await withMock(.make()) { mock in
      var settings = KeySettings(plan: "free", credits: 9, latency: "uniform(1s,3s)", seed: 8)
      settings.concurrency = 3
      let minted = try await mock.mint(settings)
      #expect((minted.plan, minted.credits, minted.concurrency, minted.seed) == ("free", 9, 3, 8))
      let joined = try await mock.mint(
        KeySettings(), organization: minted.organization,
        key: "sk_test_000000000000000000000000000000aa")
      #expect(joined.organization == minted.organization && joined.key.hasSuffix("00aa"))
      let changed = try await mock.change(
        key: joined.key, KeySettings(requestsPerSecond: 5), addCredits: 1, revoked: true)
      #expect((changed.requestsPerSecond, changed.concurrency, changed.credits) == (5, 3, 10))
      #expect(changed.isRevoked)
    }
  }

  /// A call with values that can't be used, and the same over HTTP.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let method: String
    let body: String
    let call: @Sendable (MockServer) async throws -> Void

    init(
      _ request: String, _ body: String,
      _ call: @escaping @Sendable (MockServer) async throws -> Void
    ) {
      let parts = request.split(separator: " ")
      (method, testDescription) = (String(parts[0]), String(parts[1]))
      (self.body, self.call) = (body, call)
    }
  }

  static let refusals = [
    Refusal(
      "POST keys",
      #"""
      {"plan":"hoby","credits":-1,"latency":"soon","progression":{"mode":"polls","polls":0},\#
      "seed":-1,"key":"k"}
      """#
    ) {
      try await $0.mint(
        plan: "hoby", credits: -1, latency: "soon", progression: .polls(0), seed: -1, key: "k")
    },
    Refusal("POST keys", #"{"credits":1,"organization":"demo"}"#) {
      try await $0.mint(credits: 1, organization: "demo")
    },
    Refusal("POST keys", #"{"plan":"hoby","organization":"demo"}"#) {
      try await $0.mint(plan: "hoby", organization: "demo")
    },
    Refusal(
      "PATCH keys/\(PlanCatalogue.defaultKey)",
      #"{"requestsPerSecond":0,"addCredits":1000000000000001}"#
    ) {
      try await $0.change(key: $0.key, addCredits: 1_000_000_000_000_001, requestsPerSecond: 0)
    },
    Refusal("PATCH keys/\(PlanCatalogue.defaultKey)", #"{"addCredits":-250001}"#) {
      try await $0.change(key: $0.key, addCredits: -250_001)
    },
    Refusal(
      "POST faults",
      #"""
      {"match":{"prompt":{"regex":"a(b"},"nth":0},"fault":{"kind":"status","status":399,\#
      "retryAfter":-1},"times":0,"probability":2.5}
      """#
    ) {
      try await $0.addFault(
        .status(399, retryAfter: -1), prompt: .regex("a(b"), nth: 0, times: 0, probability: 2.5)
    },
    Refusal(
      "POST faults", #"{"fault":{"kind":"status","status":429,"code":"NOPE","retryAfter":86401}}"#
    ) { try await $0.addFault(.status(429, code: "NOPE", retryAfter: 86_401)) },
    Refusal("POST faults", #"{"fault":{"kind":"latency","latency":"-1s"}}"#) {
      try await $0.addFault(.latency("-1s"))
    },
    Refusal("POST faults", #"{"fault":{"kind":"slow_body","duration":"2","chunks":1001}}"#) {
      try await $0.addFault(.slowBody(duration: "2", chunks: 1001))
    },
    Refusal("POST faults", #"{"fault":{"kind":"truncate_body","bytes":-1}}"#) {
      try await $0.addFault(.truncateBody(bytes: -1))
    },
    Refusal("POST faults", #"{"fault":{"kind":"webhook_stale_timestamp","seconds":0}}"#) {
      try await $0.addFault(.webhookStaleTimestamp(seconds: 0))
    },
    Refusal("POST faults", #"{"fault":{"kind":"webhook_drop","seconds":1}}"#) {
      try await $0.addFault(FaultKind(["kind": "webhook_drop", "seconds": 1]))
    },
    Refusal("POST faults", #"{"fault":{"kind":"statsu"}}"#) {
      try await $0.addFault(FaultKind(["kind": "statsu"]))
    },
    Refusal("POST faults", #"{"fault":"all"}"#) { try await $0.addFault(FaultKind("all")) },
    Refusal(
      "POST faults",
      #"{"match":{"key":"sk_live_none"},"fault":{"kind":"connection_reset"}}"#
    ) { try await $0.addFault(.connectionReset, key: "sk_live_none") },
    Refusal(
      "POST faults",
      #"{"match":{"path":"/v1/credit","method":"PUT"},"fault":{"kind":"connection_reset"}}"#
    ) { try await $0.addFault(.connectionReset, path: "/v1/credit", method: "PUT") },
    Refusal(
      "POST faults",
      #"{"match":{"path":"/v1/credits","method":"PUT"},"fault":{"kind":"connection_reset"}}"#
    ) { try await $0.addFault(.connectionReset, path: "/v1/credits", method: "PUT") },
    Refusal(
      "POST faults",
      #"{"fault":{"kind":"status","status":502,"contentType":"html","body":"x","message":"y"}}"#
    ) { try await $0.addFault(.status(502, message: "y", contentType: "html", body: "x")) },
    Refusal(
      "POST responses",
      #"{"match":{"prompt":{"regex":"["},"country":"us"},"result":[],"latency":"x","times":0}"#
    ) {
      try await $0.addResponse(
        .result([]), prompt: .regex("["), country: "us", latency: "x", times: 0)
    },
    Refusal("POST responses", #"{"error":{"status":600}}"#) {
      try await $0.addResponse(.error(status: 600))
    },
    Refusal("POST responses", #"{"error":{"status":503,"code":"NOPE"}}"#) {
      try await $0.addResponse(.error(status: 503, code: "NOPE"))
    },
    Refusal(
      "POST journal/await", #"{"match":{"status":99},"count":0,"timeoutMs":600001}"#
    ) { try await $0.awaitJournal(status: 99, count: 0, timeout: .milliseconds(600_001)) },
    Refusal("POST clock/advance", #"{"seconds":3155760001.5}"#) {
      try await $0.advance(seconds: 3_155_760_001.5)
    },
    Refusal("PUT clock", #"{"mode":"x100001"}"#) {
      try await $0.setClock(mode: .scaled(100_001))
    },
    Refusal("GET journal?status=-1", "") { _ = try await $0.journal(status: -1) },
    Refusal("GET ledger?since=-1&limit=-2", "") { _ = try await $0.ledger(since: -1, limit: -2) },
  ]

  @Test("What can't be used is refused as the control API refuses it", arguments: refusals)
  func refused(refusal: Refusal) async throws {
    try await withMock(.make()) { mock in
      let answer = try await mock.send(
        refusal.method, "/_mock/" + refusal.testDescription,
        body: refusal.body.isEmpty ? nil : refusal.body)
      let error = try #require(answer.body["error"])
      await #expect {
        try await refusal.call(mock)
      } throws: { thrown in
        guard let thrown = thrown as? MockServer.ControlRefusal else { return false }
        #expect(thrown.status == answer.status && thrown.code == error["code"]?.string)
        #expect(thrown.message == error["message"]?.string)
        return thrown.details == error["details"]
      }
      let (faults, stubs) = (try await mock.faults(), try await mock.responses())
      #expect(faults.isEmpty && stubs.isEmpty && mock.keys.count == 1)
    }
  }

  @Test("A kind of fault is the same, however it is made")
  func kinds() throws {
    #expect(FaultKind.emptyResponse == FaultKind(["kind": "empty_response"]))
    let made = FaultKind.status(503, retryAfter: 7)
    #expect(made.json == ["kind": "status", "status": 503, "retryAfter": 7])
    #expect(made.effect == .status(.serviceUnavailable, retryAfter: 7))
    #expect(made == FaultKind(made.json) && made.effect == FaultKind(made.json).effect)
    #expect(FaultKind.slowBody().json == ["kind": "slow_body", "duration": "1s", "chunks": 5])
    #expect(FaultKind.status(399).effect == nil && FaultKind("all").effect == nil)
  }

  @Test("The journal is the same to the library and over HTTP, keys masked wherever they stand")
  func journal() async throws {
    try await withMock(.make()) { mock in
      let secret = "sk_test_0123456789abcdef0123456789abcdef"
      _ = try await mock.send(
        "POST", "/v1/monitor/chatgpt?key=\(secret)", body: #"{"prompt":"\#(secret) \n\u0001é"}"#)
      _ = try await mock.send("GET", "/v1/\(secret)", key: secret)
      _ = try await mock.send("GET", "/v1/credits")
      let shown = try await mock.send("GET", "/_mock/journal").body["entries"]?.array
      let seen = try await mock.journal().entries
      #expect(seen.count == 3 && shown == seen.map { $0.json() })
      #expect(seen[0].request.query == "key=…cdef" && seen[1].path == "/v1/…cdef")
      #expect(seen[0].request.body.hasPrefix(#"{"prompt":"…cdef "#))
      let text = try JSON.array(#require(shown)).encoded
      #expect(!String(decoding: text, as: UTF8.self).contains(secret.dropLast(4)))
    }
  }
}
