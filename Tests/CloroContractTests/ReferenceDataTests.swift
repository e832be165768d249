import Testing

@testable import CloroContract

@Suite("Countries, states and task types")
struct ReferenceDataTests {
  @Test("There are 250 codes, each once, two capitals, sorted")
  func countries() {
    #expect(Country.codes.count == 250 && Set(Country.codes).count == 250)
    #expect(Country.codes.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy { 65...90 ~= $0 } })
    #expect(Country.codes == Country.codes.sorted() && Country.codes.contains("XK"))
  }

  @Test(
    "All codes are known in capitals, nothing else",
    arguments: [
      ("US", true), ("XK", true), ("GB", true), ("UK", false), ("us", false), ("", false),
      ("USA", false), ("ZZ", false), ("EU", false), ("AN", false), ("\u{212A}E", false),
    ])
  func known(code: String, isKnown: Bool) {
    #expect(Country.isKnown(code) == isKnown)
  }

  @Test(
    "Each model has its countries",
    arguments: [
      (nil, 250, 250), ("google", 250, 250), ("google/news", 250, 250), ("chatgpt", 243, 244),
      ("gemini", 247, 247), ("copilot", 245, 244), ("grok", 245, 245), ("perplexity", 249, 249),
      ("aimode", 246, 246), ("aioverview", 231, 231), ("AIOverview", 231, 231),
      ("GOOGLE/NEWS", 250, 250), ("ChatGPT", 243, 244),
    ])
  func models(name: String?, july: Int, october: Int) {
    #expect(Country.listed(for: name, in: .july2026)?.count == july)
    #expect(Country.listed(for: name, in: .october2026)?.count == october)
    for revision in ContractRevision.allCases {
      #expect(FieldIssue.model(name, in: revision) == nil)
    }
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
    "A wrong model is refused with the list",
    arguments: ["x", "", "google_news", "GROK ", "gro\u{212A}"])
  func wrongModel(name: String) {
    #expect(
      FieldIssue.model(name, in: .july2026)
        == FieldIssue(
          "model",
          "Invalid enum value. Expected 'aimode' | 'aioverview' | 'chatgpt' | 'copilot' | "
            + "'gemini' | 'google' | 'google/news' | 'grok' | 'perplexity', received '\(name)'"))
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
