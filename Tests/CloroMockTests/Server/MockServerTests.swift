import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("The double in process", .timeLimit(.minutes(5)))
struct MockServerTests {
  static let question = #"{"prompt":"best CRM","country":"US"}"#

  @Test("An answered question costs its price and shows the seed's headers")
  func answered() async throws {
    try await MockServer.with(.make()) { server in
      let answer = try await server.send("POST", "/v1/monitor/chatgpt", body: Self.question)
      #expect(answer.status == 200 && answer.body["success"] == true)
      #expect(
        [
          "x-ratelimit-limit", "x-ratelimit-remaining", "x-concurrent-limit",
          "x-concurrent-current", "x-concurrent-remaining", "x-credits-remaining",
          "x-credits-charged",
        ].map { answer.fields[$0] } == ["1000", "999", "20", "1", "19", "249993", "7"])
      #expect(answer.fields["x-request-id"] == nil)
      #expect(server.keys.map(\.credits) == [249_993])
    }
  }

  @Test("The second's bucket empties while the manual clock stands, and fills when it moves")
  func bucket() async throws {
    let fixture = #"{"plan":"p","rateLimit":{"requestsPerSecond":2}}"#
    try await MockServer.with(.make(fixture: fixture)) { server in
      var seen: [String] = []
      for _ in 0..<3 {
        let answer = try await server.send("GET", "/v1/credits")
        seen.append("\(answer.status) \(answer.fields["x-ratelimit-remaining"] ?? "")")
      }
      #expect(seen == ["200 1", "200 0", "429 0"])
      // Another endpoint has its own bucket.
      #expect(try await server.send("GET", "/v1/countries").status == 200)
      _ = await server.clock.advance(nanoseconds: 1_000_000_000)
      #expect(try await server.send("GET", "/v1/credits").status == 200)
    }
  }

  @Test(
    "A refusal without a key follows the command line's contract, else the fixture's",
    arguments: [
      (nil, "2026-10", true), (nil, "2026-07", false), (.july2026, "2026-10", false),
      (.october2026, "2026-07", true),
    ] as [(ContractRevision?, String, Bool)])
  func anonymous(contract: ContractRevision?, fixture: String, isOctober: Bool) async throws {
    let text = #"{"plan":"p","contract":"\#(fixture)"}"#
    try await MockServer.with(.make(fixture: text, contract: contract)) { server in
      let answer = try await server.send("GET", "/v1/credits", key: nil)
      #expect(answer.status == 401 && answer.body["error"]?["code"] == "MISSING_API_KEY")
      #expect((answer.body["success"] == false) == isOctober)
      #expect((answer.fields["x-request-id"] != nil) == isOctober)
      #expect(
        answer.fields["x-ratelimit-limit"] == nil && answer.fields["x-credits-charged"] == nil)
    }
  }

  @Test("A balance that doesn't cover the price is refused before a slot is taken, and stays")
  func insufficient() async throws {
    let key = #""keys":[{"key":"\#(PlanCatalogue.defaultKey)","organization":"o","credits":6}]"#
    let fixture = #"{"plan":"p","concurrency":0,\#(key)}"#
    try await MockServer.with(.make(fixture: fixture)) { server in
      let answer = try await server.send("POST", "/v1/monitor/chatgpt", body: Self.question)
      #expect(answer.status == 403 && answer.body["error"]?["code"] == "INSUFFICIENT_CREDITS")
      #expect(answer.fields["x-credits-charged"] == "0" && server.keys[0].credits == 6)
    }
  }

  @Test("Limits are exact, and each answer is charged once, however many loops answer")
  func loops() async throws {
    let key = #""keys":[{"key":"\#(PlanCatalogue.defaultKey)","organization":"o","credits":703}]"#
    var configuration = try MockConfiguration.make(fixture: #"{"plan":"p",\#(key)}"#)
    configuration.eventLoops = 4
    try await MockServer.with(configuration) { server in
      let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
        for _ in 0..<15 {
          group.addTask {
            var statuses: [Int] = []
            for _ in 0..<10 {
              statuses.append(
                try await server.send("POST", "/v1/monitor/chatgpt", body: Self.question).status)
            }
            return statuses
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(statuses.count { $0 == 200 } == 100 && statuses.count { $0 == 403 } == 50)
      #expect(server.keys[0].credits == 3)
    }
  }

  @Test("An unknown plan and a taken port are refused at the start")
  func refused() async throws {
    #expect(throws: MockStartError.self) { try MockServer(.make(plan: "gone")) }
    try await MockServer.with(.make()) { server in
      let second = try MockServer(.make(port: server.boundPort))
      #expect {
        try second.start()
      } throws: { error in
        guard case .address(_, let port, _) = error as? MockStartError else { return false }
        return port == server.boundPort
      }
      await second.stop(within: 0)
    }
  }
}
