import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Members of results")
struct ResultMemberTests {
  /// 2026-07, section 6.
  private static let july: [Provider: Set<String>] = [
    .chatgpt: [
      "text", "sources", "html", "markdown", "rawResponse", "searchQueries", "model",
      "shoppingCards", "inlineProducts", "entities", "map", "citationPills", "ads",
    ],
    .gemini: ["text", "markdown", "html", "sources", "citationPills", "rawResponse"],
    .grok: ["text", "html", "sources", "searchQueries", "model", "markdown", "rawResponse"],
    .copilot: [
      "text", "html", "sources", "citationPills", "shoppingCards", "map", "searchQueries",
      "markdown", "rawResponse",
    ],
    .perplexity: [
      "text", "html", "sources", "citationPills", "markdown", "related_queries", "videos", "images",
      "hotels", "places", "shopping_cards", "search_model_queries", "rawResponse",
    ],
    .aimode: [
      "text", "html", "sources", "citationPills", "markdown", "places", "shoppingCards", "ads",
      "inlineProducts", "videos", "map",
    ],
    .google: [
      "organicResults", "peopleAlsoAsk", "peopleAreSaying", "localResults", "localResultsMoreLink",
      "relatedSearches", "ads", "aioverview", "shoppingCards", "knowledgeGraph", "html",
    ],
    .googleNews: ["newsResults", "html"],
  ]

  /// 2026-10, section 7: the members added by it.
  private static let october: [Provider: Set<String>] = [
    .chatgpt: ["mapSearchQueries"], .gemini: ["places", "shoppingCards"],
    .google: ["productResults"], .aimode: ["productResults"],
  ]

  private func names(_ input: ResultRenderer.Input) throws -> Set<String> {
    let bytes = ResultLibrary.compile(input.request.provider).rendered(input)
    return Set(try #require(try JSON(parsing: bytes).object).members.map(\.name))
  }

  @Test(
    "Results have the documented members only, with everything asked for",
    arguments: Provider.allCases)
  func documented(provider: Provider) throws {
    let all = BuiltInTemplateTests.flags(provider).reduce(Include()) { $0.union($1) }
    let documented = Self.july[provider]!
    for include in [all, []] {
      let july = try names(.make(provider, include: include))
      #expect(july.isSubset(of: documented), "\(july.subtracting(documented))")
      for legacy in [false, true] {
        let names = try names(.make(provider, .october2026, include: include, legacy: legacy))
        let known = documented.union(Self.october[provider] ?? [])
        #expect(names.isSubset(of: known), "\(names.subtracting(known))")
      }
    }
    // Every documented member occurs.
    let seen = try names(.make(provider, include: all))
    #expect(documented.subtracting(seen).isEmpty, "\(documented.subtracting(seen))")
  }

  static let asked: [(Provider, Include, String)] = [
    (.chatgpt, .shopping, "shoppingCards"), (.chatgpt, .shopping, "inlineProducts"),
    (.chatgpt, .rawResponse, "rawResponse"), (.chatgpt, .searchQueries, "searchQueries"),
    (.chatgpt, .ads, "ads"), (.chatgpt, .markdown, "markdown"),
    (.gemini, .rawResponse, "rawResponse"),
    (.grok, .markdown, "markdown"), (.copilot, .rawResponse, "rawResponse"),
    (.perplexity, .markdown, "markdown"), (.aimode, .markdown, "markdown"),
    (.google, .aiOverview, "aioverview"),
    (.googleNews, .html, "html"),
  ]

  @Test("What must be asked for is absent unless it was", arguments: asked)
  func member(row: (Provider, Include, String)) throws {
    for revision in ContractRevision.allCases {
      #expect(try names(.make(row.0, revision, include: row.1, legacy: true)).contains(row.2))
      #expect(try !names(.make(row.0, revision, legacy: true)).contains(row.2))
    }
  }

  @Test("Without web search there are no sources")
  func offline() throws {
    let bytes = ResultLibrary.compile(.chatgpt).rendered(
      .make(.chatgpt, .october2026, disableWebSearch: true))
    #expect(try JSON(parsing: bytes)["sources"] == [])
  }
}
