/// Everything in which providers differ: 2026-07, sections 4, 5 and 8; 2026-10, section 6.
public struct ProviderRow: Sendable {
  public let provider: Provider
  /// The `taskType` of its asynchronous tasks.
  public let taskType: String
  /// Its place in the contract's enumeration of task types, from 1.
  public let taskTypePosition: Int
  /// The file below `Fixtures/results`, without its extension, from which its answers are made.
  public let resultFile: String
  /// Prices and accepted fields in each revision.
  public let terms: ByRevision<ProviderTerms>

  init(
    _ provider: Provider, taskType: String, taskTypePosition: Int, resultFile: String,
    _ terms: ByRevision<ProviderTerms>
  ) {
    self.provider = provider
    self.taskType = taskType
    self.taskTypePosition = taskTypePosition
    self.resultFile = resultFile
    self.terms = terms
  }
}

/// A provider's prices and accepted fields in one revision.
public struct ProviderTerms: Sendable {
  /// Credits for an answer without extras.
  public let price: Int64
  /// What makes an answer more expensive.
  public let surcharges: [Surcharge]
  /// The codes of the countries in which it isn't available. [source]
  let blockedCountries: Set<String>
  /// The members that its request may have, in the order in which they are checked.
  let fields: [RequestField]
  /// The rules between these members, in the order in which they are checked.
  let rules: [MemberRule]
  /// The device of a request that doesn't specify one.
  let device: MonitorRequest.Device
  /// The number of result pages of a request that doesn't specify it.
  let pages: Int

  /// - Parameters:
  ///   - blocked: The codes of the blocked countries, separated by spaces. The default is none.
  ///   - fields: The fields before `include`.
  ///   - include: The flags that `include` may have.
  ///   - last: The fields after `include`. The default is none.
  init(
    price: Int64, surcharges: [Surcharge], blocked: String = "", fields: [RequestField],
    include: [Include], last: [RequestField] = [], rules: [MemberRule] = []
  ) {
    self.price = price
    self.surcharges = surcharges
    blockedCountries = Country.set(blocked)
    self.fields = fields + [.include(include)] + last
    self.rules = rules
    var (device, pages) = (MonitorRequest.Device.desktop, 1)
    for field in fields {
      switch field.kind {
      case .device(_, let usual): device = usual
      case .pages(_, let usual): pages = usual
      default: break
      }
    }
    (self.device, self.pages) = (device, pages)
  }
}

extension Provider {
  /// What the contract says of the provider.
  public var row: ProviderRow { Self.rows[index] }

  /// The providers that answer `MODEL_UNAVAILABLE`, unless a fixture says otherwise: cloro has
  /// switched Grok off in October 2026. [client, live]
  public static let unavailable = ByRevision<Set<Provider>>(july: [], october: [.grok])

  /// The rows of all providers, in the order of their positions.
  public static let rows: [ProviderRow] = [
    ProviderRow(
      .chatgpt, taskType: "CHATGPT", taskTypePosition: 5, resultFile: "chatgpt",
      ByRevision(
        july: ProviderTerms(
          price: 5, surcharges: [.state, .anyOf(.chatgptExtras, .chatgptExtras)],
          blocked: "CN CZ HK IR MO RU VE", fields: [.prompt, .country],
          include: [.html, .markdown, .rawResponse, .searchQueries, .ads, .shopping],
          last: [.state], rules: [.state]),
        october: ProviderTerms(
          price: 5, surcharges: [.state, .anyOf(.chatgptExtras, .chatgptExtras)],
          blocked: "CN HK IR MO RU VE", fields: [.prompt, .country],
          include: [.html, .markdown, .rawResponse, .searchQueries, .ads, .shopping],
          last: [.legacy, .disableWebSearch, .state], rules: [.state]))),
    ProviderRow(
      .gemini, taskType: "GEMINI", taskTypePosition: 4, resultFile: "gemini",
      ByRevision(
        ProviderTerms(
          price: 4, surcharges: [.state], blocked: "BY CN RU", fields: [.prompt, .country],
          include: [.html, .markdown, .rawResponse], last: [.state], rules: [.state]))),
    ProviderRow(
      .grok, taskType: "GROK", taskTypePosition: 8, resultFile: "grok",
      ByRevision(
        ProviderTerms(
          price: 4, surcharges: [.state], blocked: "BY CN HK RU VE", fields: [.prompt, .country],
          include: [.html, .markdown, .rawResponse], last: [.state], rules: [.state]))),
    ProviderRow(
      .google, taskType: "GOOGLE", taskTypePosition: 2, resultFile: "google",
      ByRevision(
        july: ProviderTerms(
          price: 3,
          surcharges: [
            .furtherPages, .anyOf(.aiOverview, .aiOverview),
            .anyOf(.peopleAlsoAskOverview, .aiOverview),
          ],
          fields: [
            .query, .country, .location, .uule, .device(of: [.desktop, .mobile]), .pages,
          ],
          include: [.html, .aiOverview, .peopleAlsoAskOverview], rules: [.places]),
        october: ProviderTerms(
          price: 3, surcharges: [.furtherPages, .anyOf(.overviews, .aiOverview)],
          fields: [
            .optionalQuery, .url, .optionalCountry, .gl, .hl, .location, .uule,
            .device(of: [.desktop, .mobile, .ios, .android]), .pages,
          ],
          include: [.html, .aiOverview, .peopleAlsoAskOverview, .googleGoto],
          rules: [.places, .search]))),
    ProviderRow(
      .googleNews, taskType: "GOOGLE_NEWS", taskTypePosition: 3, resultFile: "google-news",
      ByRevision(
        july: ProviderTerms(
          price: 3, surcharges: [.furtherPages],
          fields: [.query, .country, .device(of: [.desktop, .mobile]), .pages], include: [.html]),
        october: ProviderTerms(
          price: 3, surcharges: [.furtherPages],
          fields: [
            .query, .optionalCountry, .gl, .hl,
            .device(of: [.desktop, .mobile, .ios, .android]), .pages,
          ],
          include: [.html], rules: [.country]))),
    ProviderRow(
      .copilot, taskType: "COPILOT", taskTypePosition: 6, resultFile: "copilot",
      ByRevision(
        july: ProviderTerms(
          price: 5, surcharges: [.state], blocked: "BY CN RU SY VE", fields: [.prompt, .country],
          include: [.html, .markdown, .rawResponse], last: [.state], rules: [.state]),
        october: ProviderTerms(
          price: 5, surcharges: [.state], blocked: "BY CN IR RU SY VE",
          fields: [.prompt, .country], include: [.html, .markdown, .rawResponse],
          last: [.state], rules: [.state]))),
    ProviderRow(
      .perplexity, taskType: "PERPLEXITY", taskTypePosition: 7, resultFile: "perplexity",
      ByRevision(
        july: ProviderTerms(
          price: 3, surcharges: [.state], blocked: "CN", fields: [.prompt, .country],
          include: [.html, .markdown, .rawResponse], last: [.state], rules: [.state]),
        october: ProviderTerms(
          price: 4, surcharges: [.state], blocked: "CN", fields: [.prompt, .country],
          include: [.html, .markdown, .rawResponse], last: [.state], rules: [.state]))),
    ProviderRow(
      .aimode, taskType: "AIMODE", taskTypePosition: 1, resultFile: "aimode",
      ByRevision(
        july: ProviderTerms(
          price: 4, surcharges: [], blocked: "CN CU IR KP",
          fields: [.prompt, .country, .location, .uule, .device(of: [.desktop, .mobile])],
          include: [.html, .markdown], rules: [.places]),
        october: ProviderTerms(
          price: 4, surcharges: [.productClusters], blocked: "CN CU IR KP",
          fields: [
            .prompt, .optionalCountry, .gl, .hl, .location, .uule,
            .device(of: [.desktop, .mobile]),
          ],
          include: [.html, .markdown, .expandProducts, .googleGoto],
          rules: [.country, .places]))),
  ]
}
