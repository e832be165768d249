import Testing

@testable import CloroContract

@Suite("Countries, states and task types")
struct ReferenceDataTests {
  @Test("ISO 3166-1 has 249 codes, each once, two capitals, in the order of the names")
  func countries() {
    #expect(Country.codes.count == 249 && Set(Country.codes).count == 249)
    #expect(Country.codes.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy { 65...90 ~= $0 } })
    #expect(Country.codes.prefix(5) == ["AF", "AX", "AL", "DZ", "AS"])
    #expect(Country.codes.last == "ZW" && !Country.codes.contains("XK"))
  }

  @Test(
    "Kosovo and all ISO codes are accepted in capitals, nothing else",
    arguments: [
      ("US", true), ("XK", true), ("GB", true), ("UK", false), ("us", false), ("", false),
      ("USA", false), ("ZZ", false), ("EU", false), ("AN", false), ("\u{212A}E", false),
    ])
  func accepted(code: String, isAccepted: Bool) {
    #expect(Country.isAccepted(code, in: .october2026) == isAccepted)
    #expect(Country.isKnown(code) == isAccepted)
    #expect(Country.isAccepted(code, in: .july2026))
  }

  @Test("There are 50 states and DC, in the order of their names")
  func states() {
    let states = USState.all
    #expect(states.count == 51 && Set(states.map(\.code)).count == 51)
    #expect(states.map(\.name) == states.map(\.name).sorted())
    #expect(states.contains(USState(code: "DC", name: "District of Columbia")))
    #expect(["PR", "GU", "VI"].allSatisfy { code in !states.contains { $0.code == code } })
  }

  @Test("The task types stand in the contract's order and lead back to their providers")
  func taskTypes() {
    #expect(
      Provider.taskTypes.map(\.taskType) == [
        "AIMODE", "GOOGLE", "GOOGLE_NEWS", "GEMINI", "CHATGPT", "COPILOT", "PERPLEXITY", "GROK",
      ])
    #expect(Provider.allCases.allSatisfy { Provider(taskType: $0.taskType) == $0 })
    for name in ["chatgpt", "GOOGLE/NEWS", "", "CLAUDE"] {
      #expect(Provider(taskType: name) == nil)
    }
    #expect(Provider.allCases.map(\.index) == Array(Provider.allCases.indices))
  }

  @Test(
    "The model of the countries is one of the revision's",
    arguments: [
      ("chatgpt", true, true), ("aioverview", false, true), ("google", true, true),
      ("google/news", false, false), ("ChatGPT", false, false), ("", false, false),
    ])
  func models(name: String, july: Bool, october: Bool) {
    #expect((FieldIssue.model(name, in: .july2026) == nil) == july)
    #expect((FieldIssue.model(name, in: .october2026) == nil) == october)
  }

  @Test("A missing model is fine, a wrong one is refused with the list")
  func wrongModel() {
    #expect(FieldIssue.model(nil, in: .july2026) == nil)
    #expect(
      FieldIssue.model("x", in: .july2026)
        == FieldIssue(
          "model",
          "Invalid enum value. Expected 'aimode' | 'chatgpt' | 'copilot' | 'gemini' | 'google' | "
            + "'grok' | 'perplexity', received 'x'"
        ))
  }

  @Test(
    "The country of the states is required and two capitals", arguments: ContractRevision.allCases)
  func stateCountry(revision: ContractRevision) {
    for code in ["US", "DE", "ZZ"] {
      #expect(FieldIssue.stateCountry(code, in: revision) == nil)
    }
    for code in ["us", "U", "USA", "", "Ü"] {
      #expect(
        FieldIssue.stateCountry(code, in: revision)
          == FieldIssue("country", "Country must be a supported ISO 3166-1 alpha-2 code"))
    }
    #expect(FieldIssue.stateCountry(nil, in: revision)?.field == "country")
  }
}
