import Testing

@testable import CloroContract

@Suite("Header policy")
struct HeaderPolicyTests {
  private func names(_ policy: HeaderPolicy) -> [String] {
    [
      policy.rateLimit, policy.rateRemaining, policy.concurrencyLimit, policy.concurrencyCurrent,
      policy.concurrencyRemaining, policy.creditsRemaining, policy.creditsCharged, policy.requestID,
      policy.latency,
    ].map { "\($0)" }
  }

  @Test(
    "The fields have each revision's names",
    arguments: [(ContractRevision.july2026, "Concurrent"), (.october2026, "Concurrency")])
  func names(revision: ContractRevision, word: String) {
    #expect(
      names(.policy(of: revision)) == [
        "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-\(word)-Limit", "X-\(word)-Current",
        "X-\(word)-Remaining", "X-Credits-Remaining", "X-Credits-Charged", "X-Request-ID",
        "X-Latency-Ms",
      ])
  }

  @Test("July sends concurrency and credits with every authenticated answer, and no identity")
  func july() {
    let policy = HeaderPolicy.policy(of: .july2026)
    #expect(policy.concurrencyFrom == .authenticated && policy.creditsFrom == .authenticated)
    #expect(!policy.identifiesRequests)
  }

  @Test("October sends concurrency after validation, credits with a success, and identity always")
  func october() {
    let policy = HeaderPolicy.policy(of: .october2026)
    #expect(policy.concurrencyFrom == .validated && policy.creditsFrom == .answered)
    #expect(policy.identifiesRequests)
  }

  @Test("The stages follow each other")
  func stages() {
    let stages: [HeaderPolicy.Stage] = [.answered, .authenticated, .validated]
    #expect(stages.sorted() == [.authenticated, .validated, .answered])
  }
}
