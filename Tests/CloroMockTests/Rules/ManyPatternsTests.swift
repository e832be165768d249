import Foundation
import JSON
import Testing

@testable import CloroMock

/// The time that a request's rules take is bounded, however many there are. The thread's own
/// processor time is measured, so other work on the machine doesn't matter.
@Suite("Thousands of rules search one long question", .serialized)
struct ManyPatternsTests {
  /// 9,000 characters.
  private static let question = String(repeating: "which laptop for a student? ", count: 322)

  private func rules(_ count: Int, _ prompt: (Int) -> PromptMatch) throws -> RuleSet {
    let rules = RuleSet()
    for number in 0..<count {
      let problems = JSONProblems()
      let stub = try #require(
        Stub(
          match: RuleMatch(prompt: prompt(number)), response: .result(["n": JSON(number)]),
          latency: nil, times: nil, at: ObjectPlace(problems: problems)))
      _ = rules.add(stub, to: \.stubs)
    }
    return rules
  }

  private func subject() -> RuleSubject {
    .make(path: "/v1/monitor/grok", provider: .grok, question: Self.question, seed: 1)
  }

  private func seconds(_ body: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let begin = now()
    body()
    return now() - begin
  }

  @Test("Expressions with a word are all looked at")
  func words() throws {
    // The first rule is looked at last.
    let rules = try rules(5000) { .regex($0 == 0 ? "lap[a-z]+ for" : "tent\($0) [a-z]+ for \\d") }
    let subject = subject()
    #expect(rules.stub(for: subject)?.ordinal == rules.lists.stubs.rules[0].ordinal)
    #expect(!subject.limit.isExceeded)
  }

  @Test("Parts are all looked at")
  func parts() throws {
    let rules = try rules(5000) { .contains($0 == 0 ? "laptop for" : "which laptop for \($0)") }
    let subject = subject()
    #expect(rules.stub(for: subject)?.ordinal == rules.lists.stubs.rules[0].ordinal)
    #expect(!subject.limit.isExceeded)
  }

  @Test("Expressions that have to be followed everywhere end after a bounded number of steps")
  func steps() throws {
    let few = try rules(100) { .regex("[a-z]+\\d{\($0 + 1)}") }
    let many = try rules(5000) { .regex("[a-z]+\\d{\($0 % 900 + 1)}") }
    let (first, second) = (subject(), subject())
    let shorter = seconds { #expect(few.stub(for: first) == nil) }
    let longer = seconds { #expect(many.stub(for: second) == nil) }
    #expect(!first.limit.isExceeded && second.limit.isExceeded)
    // Without the bound it would be fifty times as long.
    #expect(longer < 20 * shorter)
  }

  @Test("The journal says that not all rules were looked at")
  func journal() async throws {
    try await withMock { mock in
      for number in 0..<400 {
        try await mock.addResponse(
          .result(["n": JSON(number)]), prompt: .regex("([a-z]+ [a-z]+ ?)+\\d{\(number % 90 + 1)}"))
      }
      let body: JSON = ["prompt": .string(Self.question), "country": "US"]
      let answer = try await mock.send(
        "POST", "/v1/monitor/grok", body: String(decoding: body.encoded, as: UTF8.self))
      #expect(answer.status == 200)
      let reason = try await mock.journal().entries.last?.reason
      #expect(reason?.contains("not all rules were looked at") == true)
    }
  }
}
