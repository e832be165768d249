import CloroContract
import Testing

@testable import CloroMock

@Suite("Questions read lately")
struct RecentQuestionsTests {
  private let questions = RecentQuestions()

  private func read(
    _ body: String, for provider: Provider = .chatgpt, in revision: ContractRevision = .july2026
  ) -> MonitorRequest? {
    question(body, for: provider, in: revision)?.request
  }

  private func question(
    _ body: String, for provider: Provider = .chatgpt, in revision: ContractRevision = .july2026,
    _ unknownMembers: UnknownMembers = .ignore
  ) -> Question? {
    let reading = questions.read(Array(body.utf8), for: provider, in: revision, unknownMembers)
    return if case .question(let question) = reading { question } else { nil }
  }

  @Test("More questions than there are places are each read as they are, again and again")
  func many() {
    for _ in 0..<3 {
      for number in 0..<1_000 {
        let request = read(#"{"prompt":"question \#(number)","country":"US"}"#)
        #expect(request?.question == "question \(number)")
      }
    }
  }

  @Test("The same bytes are another question to another provider, and in another revision")
  func others() {
    let plain = #"{"prompt":"best CRM","country":"US"}"#
    // Valid in 2026-10 only.
    let newer = #"{"prompt":"best CRM","country":"US","legacy":true}"#
    for _ in 0..<2 {
      for provider in [Provider.chatgpt, .gemini, .perplexity] {
        #expect(read(plain, for: provider)?.provider == provider)
      }
      #expect(read(newer, in: .october2026)?.legacy == true)
      #expect(read(newer, in: .july2026)?.legacy != true)
    }
  }

  @Test("What was refused is refused again, and what isn't JSON too")
  func refused() {
    for body in [#"{"prompt":""}"#, "{", ""] {
      #expect(read(body) == nil && read(body) == nil)
    }
  }

  @Test("What was ignored is noted each time, and refused where unknown members are")
  func ignored() {
    let body = #"{"prompt":"best CRM","country":"US","include":{"pdf":true},"x":1}"#
    for _ in 0..<2 {
      #expect(question(body)?.notes == ["ignored: include.pdf", "ignored: x"])
      #expect(question(body, .refuse) == nil)
    }
    let plain = #"{"prompt":"best CRM","country":"US"}"#
    for _ in 0..<2 {
      #expect(question(plain, .refuse)?.notes == [] && question(plain)?.notes == [])
    }
  }

  @Test("A question too large to be kept is read all the same")
  func large() {
    let prompt = String(repeating: "x", count: 5_000)
    for _ in 0..<2 {
      #expect(read(#"{"prompt":"\#(prompt)","country":"US"}"#)?.question == prompt)
    }
  }
}
