import Simulation
import Testing

@testable import CloroMock

@Suite("The library's calls", .promptly, .timeLimit(.minutes(5)))
struct LibraryCallTests {
  private static let unknown = "sk_live_99999999999999999999999999999999"

  @Test("Twenty organizations in parallel each see only their own")
  func isolation() async throws {
    try await withMock(.make()) { mock in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<20 {
          group.addTask {
            let key = try await mock.mint(credits: 7 * (number % 3), seed: number).key
            var statuses: [Int] = []
            for _ in 0..<3 {
              statuses.append(
                try await mock.send(
                  "POST", "/v1/monitor/chatgpt", key: key, body: MockServerTests.question
                ).status)
            }
            let paid = number % 3
            #expect(
              statuses == Array(repeating: 200, count: paid)
                + .init(repeating: 403, count: 3 - paid))
            let ledger = try await mock.ledger(key: key)
            #expect(ledger.balance == 0 && ledger.isConsistent)
            #expect(ledger.entries.count { $0.kind == .charge } == paid)
            let journal = try await mock.journal(key: key)
            #expect(journal.entries.map(\.status) == statuses && journal.dropped == 0)
            #expect(Set(journal.entries.map(\.key)) == [String(key.suffix(4))])
          }
        }
        try await group.waitForAll()
      }
      #expect(mock.keys.count == 21)
    }
  }

  @Test("Keys are minted, joined, changed, revoked, reset and removed")
  func keys() async throws {
    try await withMock(.make()) { mock in
      let minted = try await mock.mint(
        plan: "free", credits: 9, concurrency: 3, requestsPerSecond: 5, queueLimit: 4,
        latency: "uniform(1s,3s)", progression: .polls(2), seed: 8,
        key: "sk_test_000000000000000000000000000000aa", webhookSecret: "whsec_x",
        webhookMode: .collect, contract: .october2026)
      #expect(minted.key == "sk_test_000000000000000000000000000000aa")
      #expect((minted.plan, minted.credits, minted.concurrency) == ("free", 9, 3))
      #expect((minted.requestsPerSecond, minted.seed) == (5, 8))
      #expect(minted.contract == .october2026 && !minted.isRevoked)
      #expect(try await mock.key(minted.key) == minted && mock.keys.last == minted)

      let joined = try await mock.mint(organization: minted.organization)
      #expect(joined.organization == minted.organization && joined.credits == 9)
      let named = try await mock.mint(credits: 3, organization: "acme")
      #expect(named.organization == "acme" && named.credits == 3)
      #expect(try await mock.mint(organization: "acme").credits == 3)
      try await mock.change(key: named.key, addCredits: 4)
      #expect(try await mock.remove(key: named.key).credits == 7)
      #expect(try await mock.change(key: joined.key, addCredits: 11).credits == 20)
      #expect(try await mock.change(key: joined.key, credits: 5, revoked: true).isRevoked)
      #expect(try await mock.key(minted.key).credits == 5)
      try await mock.reset(key: minted.key)
      // A reset returns to the balance that was given, and makes revoked keys valid again.
      #expect(try await mock.key(joined.key).credits == 5)
      #expect(try await mock.key(joined.key).isRevoked == false)
      #expect(try await mock.remove(key: joined.key).key == joined.key)
      try await mock.reset()
      #expect(mock.keys.map(\.key) == [mock.key])
    }
  }

  @Test("The ledger is read in pages, and without a key the first one's")
  func ledger() async throws {
    try await withMock(.make()) { mock in
      for _ in 0..<3 { try await mock.change(key: mock.key, addCredits: 1) }
      let first = try await mock.ledger(limit: 2)
      #expect(first.entries.map(\.kind) == [.grant, .grant] && first.balance == 250_003)
      let rest = try await mock.ledger(key: mock.key, since: first.entries[1].id)
      #expect(rest.entries.map(\.balance) == [250_002, 250_003])
    }
  }

  @Test("The journal shows both messages, is narrowed, read on from an entry, and emptied")
  func journal() async throws {
    try await withMock(.make()) { mock in
      _ = try await mock.send("GET", "/v1/countries?model=chatgpt")
      _ = try await mock.send("POST", "/v1/monitor/chatgpt", body: MockServerTests.question)
      _ = try await mock.send("GET", "/v1/none", key: nil)
      let all = try await mock.journal()
      #expect(all.entries.map(\.status) == [200, 200, 401])
      #expect(all.entries.map(\.organization) == ["demo", "demo", nil])
      let countries = all.entries[0]
      #expect(countries.request.query == "model=chatgpt" && countries.method == "GET")
      #expect(countries.request.headers["AUTHORIZATION"] == "Bearer …c10a")
      let answered = all.entries[1]
      #expect(answered.at == Timestamp(milliseconds: mock.clock.now.milliseconds))
      #expect(answered.creditsCharged == 7 && answered.latencyMs == 0)
      #expect(answered.reason == "answered: price 7, balance 249,993 after it")
      #expect(answered.request.json?["prompt"] == "best CRM")
      #expect(answered.response.json?["success"] == true)
      #expect(answered.response.bodyBytes == answered.response.body.utf8.count)
      #expect(try await mock.journal(key: mock.key).entries.count == 2)
      #expect(try await mock.journal(path: "/v1/none", status: 401).entries.count == 1)
      #expect(try await mock.journal(limit: 1).entries == [all.entries[2]])
      #expect(
        try await mock.journal(since: countries.sequence, limit: 1).entries == [answered])
      #expect(try await mock.awaitJournal(status: 200, count: 2).count == 2)
      try await mock.removeJournal(key: mock.key)
      #expect(try await mock.journal().entries.count == 1)
      try await mock.removeJournal()
      #expect(try await mock.journal().entries.isEmpty)
    }
  }

  @Test("A page of the journal is written as an archive, and as a line for each entry")
  func journalFormats() async throws {
    try await withMock(.make()) { mock in
      _ = try await mock.send("POST", "/v1/monitor/chatgpt", body: MockServerTests.question)
      _ = try await mock.send("GET", "/v1/credits?secret=whsec_abc+/=.")
      let page = try await mock.journal()
      let archive = try JSON(parsing: Array(page.text(.har).utf8))["log"]
      #expect(archive?["version"] == "1.2" && archive?["entries"]?.array?.count == 2)
      let asked = archive?["entries"]?.array?[0]
      #expect(asked?["comment"]?.string == page.entries[0].reason)
      #expect(asked?["request"]?["postData"]?["text"]?.string == page.entries[0].request.body)
      #expect(asked?["response"]?["statusText"] == "OK" && asked?["_creditsCharged"] == 7)
      for format in JournalFormat.allCases {
        #expect(!page.text(format).contains(mock.key))
      }
      #expect(page.text(.har).contains("secret=whsec_….") && !page.text(.har).contains("_abc"))
      let lines = page.text(.jsonl).split(separator: "\n")
      #expect(try lines.map { try JSON(parsing: Array($0.utf8))["sequence"] } == [1, 2])
    }
  }

  @Test("The clock is advanced, set and switched")
  func clock() async throws {
    try await withMock(.make()) { mock in
      let key = try await mock.mint(latency: "2500ms").key
      _ = try await mock.send(
        "POST", "/v1/async/task", key: key,
        body: #"{"taskType":"GROK","payload":{"prompt":"p","country":"US"}}"#)
      let before = mock.clock.now
      let fired = try await mock.advance(seconds: 2.5)
      #expect(fired.map(\.kind) == [.completion])
      #expect(try await mock.tasks(key: key).map(\.id) == [fired[0].id])
      #expect(mock.clock.now == before.advanced(by: 2_500_000_000))
      #expect(fired[0].at.milliseconds == mock.clock.now.milliseconds)
      try await mock.setClock(now: mock.clock.now.advanced(by: 60_000_000_000))
      #expect(mock.clock.now.seconds == before.advanced(by: 62_500_000_000).seconds)
      try await mock.setClock(mode: .scaled(2))
      #expect(mock.clock.mode == .scaled(2) && mock.clock.factor == 2)
    }
  }

  @Test("Tasks are listed, released, completed and failed; webhooks are shown and sent again")
  func tasks() async throws {
    try await withMock(.make()) { mock in
      let key = try await mock.mint(
        progression: .hold, webhookSecret: "whsec_x", webhookMode: .collect
      ).key
      let body = #"""
        {"taskType":"GROK","priority":3,"idempotencyKey":"i-%","payload":
        {"prompt":"p","country":"US"},"webhook":{"url":"http://127.0.0.1:1/"}}
        """#
      for number in ["1", "2", "3"] {
        let each = body.replacing("%", with: number)
        #expect(try await mock.send("POST", "/v1/async/task", key: key, body: each).status == 200)
      }
      let held = try await mock.tasks(key: key, status: .processing)
      #expect(held.count == 3 && held.allSatisfy(\.isHeld))
      #expect((held[0].taskType, held[0].priority, held[0].question) == ("GROK", 3, "p"))
      #expect(held[0].idempotencyKey == "i-1" && held[0].creditsCharged == nil)
      #expect(held[0].webhookURL == "http://127.0.0.1:1/" && held[0].creditsToCharge == 4)
      let done = try await mock.complete(task: held[0].id, result: ["text": "done"])
      #expect(done.status == .completed && done.creditsCharged == 4)
      #expect(try await mock.fail(task: held[1].id, message: "gone").status == .failed)
      #expect(try await mock.release(task: held[2].id).isHeld == false)
      try await mock.advance(seconds: 0)
      #expect(try await mock.tasks(key: key, status: .completed).count == 2)

      let sent = try await mock.webhooks(key: key)
      #expect(sent.count == 3 && sent.allSatisfy { $0.attempt == 1 && $0.error == nil })
      let first = try #require(sent.first { $0.taskID == held[0].id })
      #expect(first.headers["x-cloro-webhook-id"] == "\(held[0].id)-1")
      #expect(first.body.contains(#""text":"done""#))
      try await mock.redeliver(webhook: first.id)
      #expect(try await mock.webhooks(key: key).map(\.attempt).sorted() == [1, 1, 1, 2])
    }
  }

  @Test("Faults are set in both forms, listed and removed")
  func faults() async throws {
    try await withMock(.make()) { mock in
      let typed = try await mock.addFault(
        .status(429, code: "CONCURRENT_LIMIT_EXCEEDED", retryAfter: 1), key: mock.key,
        path: "/v1/monitor/grok", provider: .grok, prompt: .equals("p"), nth: 2, times: 3,
        probability: 0.5)
      let json = try await mock.addFault([
        "match": [
          "key": .string(mock.key), "path": "/v1/monitor/grok", "provider": "grok",
          "prompt": ["equals": "p"], "nth": 2,
        ],
        "fault": [
          "kind": "status", "status": 429, "code": "CONCURRENT_LIMIT_EXCEEDED", "retryAfter": 1,
        ],
        "times": 3, "probability": 0.5,
      ])
      #expect(typed.match == json.match && typed.fault == json.fault && typed.id != json.id)
      #expect((json.timesLeft, json.probability, json.seen) == (3, 0.5, 0))
      for kind in [
        MockServer.FaultKind.latency("2s"), .connectionReset, .emptyResponse,
        .randomDataThenClose, .malformedResponse, .truncateBody(), .taskFailure(code: "X"),
        .connectionReset(when: .after), .status(204),
        .status(502, contentType: "text/html", body: "<p>"),
      ] {
        #expect(try await mock.addFault(kind).fault == kind)
      }
      #expect(try await mock.faults().count == 12)
      #expect(try await mock.faults(key: mock.key) == [typed, json])
      try await mock.removeFault(typed.id)
      try await mock.removeFaults(key: mock.key)
      #expect(try await mock.faults().count == 10)
      try await mock.removeFaults()
      #expect(try await mock.faults().isEmpty)
    }
  }

  @Test("The double describes itself")
  func descriptions() async throws {
    try await withMock(.make()) { mock in
      #expect(try await mock.health() == "ok")
      #expect(try await mock.ready() == "ok")
      #expect(try await mock.metrics().contains("cloro_mock_credits{organization=\"demo\"} 250000"))
      #expect(try await mock.conformance()["rules"]?.array?.isEmpty == false)
      #expect(try mock.authorityCertificate().hasPrefix("-----BEGIN CERTIFICATE-----"))
      let paths = try await mock.openapi(contract: .october2026)["paths"]?.object
      #expect(paths?["/v1/monitor/google/goto"] != nil)
      #expect(try await mock.openapi(key: mock.key)["openapi"]?.string?.hasPrefix("3.1") == true)
    }
  }
}
