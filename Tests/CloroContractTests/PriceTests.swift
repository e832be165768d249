import Testing

@testable import CloroContract

@Suite("Prices")
struct PriceTests {
  struct Row: Sendable {
    let provider: Provider
    var include: Include = []
    var state: String?
    var pages = 1
    var clusters = 0
    var revisions = ContractRevision.allCases
    /// The price of an asynchronous task.
    let price: Int64
  }

  static let table: [Row] = [
    Row(provider: .chatgpt, price: 5), Row(provider: .gemini, price: 4),
    Row(provider: .grok, price: 4),
    Row(provider: .google, price: 3), Row(provider: .googleNews, price: 3),
    Row(provider: .copilot, price: 5),
    Row(provider: .perplexity, revisions: [.july2026], price: 3),
    Row(provider: .perplexity, revisions: [.october2026], price: 4),
    Row(provider: .aimode, price: 4),
    Row(provider: .chatgpt, include: .rawResponse, price: 7),
    Row(provider: .chatgpt, include: .searchQueries, price: 7),
    Row(provider: .chatgpt, include: .ads, price: 7),
    Row(provider: .chatgpt, include: .shopping, price: 7),
    Row(provider: .chatgpt, include: [.rawResponse, .searchQueries, .ads, .shopping], price: 7),
    Row(provider: .chatgpt, include: [.html, .markdown], price: 5),
    Row(provider: .chatgpt, include: .ads, state: "CA", price: 9),
    Row(provider: .chatgpt, state: "CA", price: 7), Row(provider: .gemini, state: "CA", price: 6),
    Row(provider: .grok, state: "CA", price: 6),
    Row(provider: .perplexity, state: "CA", revisions: [.july2026], price: 5),
    Row(provider: .perplexity, state: "CA", revisions: [.october2026], price: 6),
    Row(provider: .copilot, state: "CA", price: 7),
    Row(provider: .gemini, include: [.html, .markdown, .rawResponse], price: 4),
    Row(provider: .copilot, include: .rawResponse, price: 5),
    Row(provider: .google, include: .html, pages: 2, price: 5),
    Row(provider: .google, pages: 10, price: 21),
    Row(provider: .googleNews, pages: 10, price: 21),
    Row(provider: .google, include: .aiOverview, price: 5),
    Row(provider: .google, include: .peopleAlsoAskOverview, price: 5),
    Row(
      provider: .google, include: [.aiOverview, .aiOverviewMarkdown, .peopleAlsoAskOverview],
      pages: 3, revisions: [.july2026], price: 11),
    Row(
      provider: .google, include: [.aiOverview, .aiOverviewMarkdown, .peopleAlsoAskOverview],
      pages: 3, revisions: [.october2026], price: 9),
    Row(provider: .google, include: .googleGoto, price: 3),
    Row(provider: .aimode, clusters: 6, price: 4),
    Row(provider: .aimode, include: .expandProducts, revisions: [.october2026], price: 4),
    Row(
      provider: .aimode, include: .expandProducts, clusters: 1, revisions: [.october2026], price: 5
    ),
    Row(
      provider: .aimode, include: .expandProducts, clusters: 6, revisions: [.october2026], price: 10
    ),
    Row(
      provider: .aimode, include: .expandProducts, clusters: 9, revisions: [.october2026], price: 10
    ),
    Row(
      provider: .aimode, include: [.html, .markdown, .googleGoto], revisions: [.october2026],
      price: 4),
  ]

  @Test("Each row of the table has its price; a synchronous answer costs 2 more", arguments: table)
  func price(row: Row) {
    let request = MonitorRequest.make(
      row.provider, state: row.state, pages: row.pages, include: row.include)
    for revision in row.revisions {
      let prices = PriceList(of: revision)
      #expect(prices.price(of: request, isSync: false, productClusters: row.clusters) == row.price)
      #expect(
        prices.price(of: request, isSync: true, productClusters: row.clusters) == row.price + 2)
    }
  }

  @Test(
    "The contract's own examples: 7 for ChatGPT, 5 as a task, 9 with shopping",
    arguments: ContractRevision.allCases)
  func examples(revision: ContractRevision) {
    let prices = PriceList(of: revision)
    #expect(prices.price(of: .make(), isSync: true) == 7)
    #expect(prices.price(of: .make(), isSync: false) == 5)
    #expect(prices.price(of: .make(include: .shopping), isSync: true) == 9)
  }

  @Test("Every number of the list counts")
  func changed() {
    var changes = PriceChanges()
    changes.base = [.google: 100, .chatgpt: 200, .aimode: 300, .grok: 0]
    changes.extras = [
      .syncSurcharge: 10, .chatgptExtras: 20, .state: 30, .additionalPage: 40, .aiOverview: 50,
      .expandedProduct: 7, .expandedProductLimit: 2,
    ]
    let prices = PriceList(of: .october2026, changes: changes)
    #expect(
      prices.price(of: .make(.google, pages: 3, include: .aiOverview), isSync: true) == 240)
    #expect(prices.price(of: .make(state: "CA", include: .ads), isSync: true) == 260)
    #expect(
      prices.price(of: .make(.aimode, include: .expandProducts), isSync: false, productClusters: 5)
        == 314)
    #expect(prices.price(of: .make(.grok), isSync: false) == 0)
    #expect(prices.price(of: .make(.gemini), isSync: false) == 4)
  }
}
