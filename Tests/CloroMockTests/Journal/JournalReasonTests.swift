import CloroContract
import Simulation
import Testing

@testable import CloroMock

@Suite("The journal's reasons")
struct JournalReasonTests {
  private static let chatgpt = Endpoint.all[0]
  private static let ids = (1...3).map { Identifier(UInt64($0)) }

  @Test(
    "A reason names its rule and the numbers that decided",
    arguments: [
      (.charged(7, balance: 249_993), "answered: price 7, balance 249,993 after it"),
      (.free, "answered: free of charge"),
      (.queued(498, refused: 2), "answered: 498 queued, 2 refused"),
      (.credits(balance: 3, price: 7), "credits: balance 3, price 7"),
      (
        .rate(Plan.RateLimit(), window: 1_736_942_405, chatgpt),
        "rate limit: window 12:00:05Z, 1,000 of 1,000 to POST /v1/monitor/chatgpt"
      ),
      (
        .rate(Plan.RateLimit(refill: .continuous), window: 0, .unknown),
        "rate limit: bucket empty, 1,000 a second to unknown operations"
      ),
      (
        .slots(
          .init(limit: 20, current: 21),
          .init(first: [.request(ids[0]), .task(ids[1]), .request(ids[2])], count: 20)),
        "concurrency: slots 20 of 20, held longest by request \(ids[0].text); all of them: "
          + "GET /_mock/requests?state=running"
      ),
      (
        .slots(
          .init(limit: 3, current: 4),
          .init(first: [.request(ids[0]), .task(ids[1]), .request(ids[2])], count: 3)),
        "concurrency: slots 3 of 3 held by requests \(ids[0].text), \(ids[2].text) and task "
          + ids[1].text
      ),
      (
        .slots(.init(limit: 0, current: 1), .init(first: [], count: 0)),
        "concurrency: slots 0 of 0"
      ),
      (
        .error(.queueLimitExceeded(queued: 99_999, batch: 2, limit: 100_000)),
        "queue: 99,999 of 100,000 queued, 2 more sent"
      ),
      (
        .error(.validationFailed([FieldIssue("prompt", "Required"), FieldIssue("", "Not JSON")])),
        "validation: prompt: Required; Not JSON"
      ),
      (.methods(["GET"]), "route: the path has GET only"),
      (.keyRevoked, "authentication: the key is revoked"),
      (
        .clientGone(charged: 7),
        "client gone: the connection ended before the answer, which was charged all the same: 7"
      ),
      (
        .clientGone(charged: 0),
        "client gone: the connection ended before the answer, which was free of charge"
      ),
      (.malformed("bare CR"), "malformed: bare CR"),
    ] as [(JournalReason.Facts, String)])
  func texts(facts: JournalReason.Facts, text: String) {
    #expect(JournalReason(facts).text == text)
  }

  @Test("Faults and stubs are named beside the rule, or as the rule")
  func influences() {
    #expect(
      JournalReason(.free, influences: ["fault-1 (latency)", "stub-2"]).text
        == "answered: free of charge; fault-1 (latency), stub-2")
    #expect(
      JournalReason(.fault, influences: ["fault-3 (status)"]).text == "fault: fault-3 (status)")
  }

  @Test("Every error of the contract has a rule and words")
  func errors() {
    let errors: [APIError] = [
      .missingAPIKey, .invalidAPIKeyFormat, .invalidOrExpiredAPIKey, .rateLimitExceeded,
      .routeNotFound("/v1/x"), .modelUnavailable("grok"), .insufficientCredits,
      .concurrencyLimitExceeded(limit: 1), .taskExists(idempotencyKey: "k"), .taskNotFound("t"),
      .externalService("google", message: "failed"), .internalError, .retriesExceeded, .canceled,
      .serviceUnavailable, .insufficientPermissions, .attemptTimedOut, .taskRetriesExceeded,
      .undocumented(status: 504, code: "GATEWAY_TIMEOUT", message: "Gateway timeout"),
    ]
    for error in errors {
      let reason = JournalReason(.error(error))
      #expect(reason.rule != .answered && reason.text.count > reason.rule.rawValue.count + 2)
    }
  }

  @Test(
    "Numbers are grouped by thousands",
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (250_000, "250,000"), (-1234, "-1,234"),
      (1_000_000, "1,000,000"),
    ] as [(Int64, String)])
  func grouped(number: Int64, text: String) {
    #expect(JournalReasonText.grouped(number) == text)
  }

  @Test(
    "A secret shows its last four characters only",
    arguments: [
      ("Bearer sk_live_0000000000000000000000000000c10a", "Bearer …c10a"),
      ("Bearer short", "Bearer …"), ("Bearer", "…"),
      ("sk_live_0000000000000000000000000000c10a", "…c10a"), ("", "…"),
    ])
  func secrets(value: String, shown: String) {
    #expect(JournalRenderer.withoutSecret(value) == shown)
  }
}
