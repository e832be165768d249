import CloroContract
import JSON
import Testing

@testable import CloroMock

/// Every refusal of the contract is explained by one of its rules.
struct RefusalRuleTests {
  private static let errors: [APIError] = [
    .missingAPIKey, .invalidAPIKeyFormat, .invalidOrExpiredAPIKey, .rateLimitExceeded,
    .routeNotFound("/v1/x"), .routeNotFound("/x"), .validationFailed([]), .submissionInvalid([]),
    .modelUnavailable("grok"), .insufficientCredits, .concurrencyLimitExceeded(limit: 1),
    .taskExists(idempotencyKey: "x"), .taskNotFound("x"),
    .queueLimitExceeded(queued: 1, batch: 1, limit: 1), .externalService("google", message: "x"),
    .internalError, .retriesExceeded, .attemptTimedOut, .taskRetriesExceeded, .canceled,
    .reworded(.internalError, message: "x"),
  ]

  /// The rules of a revision, from the published list.
  private static func rules(of revision: ContractRevision) throws -> Set<String> {
    let list = try JSON(parsing: EmbeddedFiles.file("conformance"))["rules"]?.array ?? []
    return Set(
      list.filter { $0["revision"]?.array?.contains(.string(revision.rawValue)) ?? false }
        .compactMap { $0["id"]?.string })
  }

  @Test(arguments: ContractRevision.allCases)
  func eachErrorHasARuleOfItsRevision(_ revision: ContractRevision) throws {
    let rules = try Self.rules(of: revision)
    let errors = Self.errors + (revision == .october2026 ? [.serviceUnavailable] : [])
    for error in errors {
      let rule = try #require(RefusalRule(error, in: revision), "\(error)")
      #expect(rules.contains(rule.id), "\(error): \(rule.id)")
      #expect(RefusalRule.sentences[rule.id]?.isEmpty == false)
      #expect(!rule.advice.isEmpty)
    }
  }

  @Test
  func whatATestAskedForIsNoRuleOfTheContract() {
    let made = APIError.undocumented(status: 418, code: "X", message: "x")
    #expect(RefusalRule(made, in: .july2026) == nil)
    #expect(RefusalRule(.serviceUnavailable, in: .july2026) == nil)
    #expect(RefusalRule(JournalReason(.fault), in: .july2026) == nil)
    #expect(RefusalRule(JournalReason(.stub), in: .july2026) == nil)
  }

  @Test
  func reasonsWithNumbersHaveTheRulesOfTheirErrors() {
    let methods = RefusalRule(JournalReason(.methods(["GET"])), in: .july2026)
    #expect(methods?.id == "routes.wrong-method")
    let credits = RefusalRule(JournalReason(.credits(balance: 0, price: 7)), in: .july2026)
    #expect(credits?.id == "credits.insufficient")
    let gone = RefusalRule(JournalReason(.clientGone(charged: 0)), in: .october2026)
    #expect(gone?.id == "concurrency.client-gone-october")
  }
}
