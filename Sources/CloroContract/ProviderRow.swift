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
  /// The values of the `model` parameter of `GET /v1/countries` that ask for its countries.
  public let countryModels: [String]
  /// The members that its request may have, in the order in which they are checked.
  let fields: [RequestField]
  /// The device of a request that doesn't specify one.
  let device: MonitorRequest.Device
  /// The number of result pages of a request that doesn't specify it.
  let pages: Int

  /// - Parameters:
  ///   - fields: All fields except `include`, which comes last.
  ///   - include: The flags that `include` may have.
  init(
    price: Int64, surcharges: [Surcharge], countryModels: [String], fields: [RequestField],
    include: [Include]
  ) {
    self.price = price
    self.surcharges = surcharges
    self.countryModels = countryModels
    self.fields = fields + [.include(include)]
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

  /// The rows of all providers, in the order of their positions.
  public static let rows: [ProviderRow] = [
    ProviderRow(
      .chatgpt, taskType: "CHATGPT", taskTypePosition: 5, resultFile: "chatgpt",
      ByRevision(
        july: ProviderTerms(
          price: 5, surcharges: [.state, .anyOf(.chatgptExtras, .chatgptExtras)],
          countryModels: ["chatgpt"], fields: [.prompt, .country, .state],
          include: [.html, .markdown, .rawResponse, .searchQueries, .ads, .shopping]),
        october: ProviderTerms(
          price: 5, surcharges: [.state, .anyOf(.chatgptExtras, .chatgptExtras)],
          countryModels: ["chatgpt"],
          fields: [.prompt, .country, .state, .legacy, .disableWebSearch],
          include: [.html, .markdown, .rawResponse, .searchQueries, .ads, .shopping]))),
    ProviderRow(
      .gemini, taskType: "GEMINI", taskTypePosition: 4, resultFile: "gemini",
      ByRevision(
        ProviderTerms(
          price: 4, surcharges: [.state], countryModels: ["gemini"],
          fields: [.prompt, .country, .state], include: [.html, .markdown, .rawResponse]))),
    ProviderRow(
      .grok, taskType: "GROK", taskTypePosition: 8, resultFile: "grok",
      ByRevision(
        ProviderTerms(
          price: 4, surcharges: [.state], countryModels: ["grok"],
          fields: [.prompt, .country, .state], include: [.html, .markdown, .rawResponse]))),
    ProviderRow(
      .google, taskType: "GOOGLE", taskTypePosition: 2, resultFile: "google",
      ByRevision(
        july: ProviderTerms(
          price: 3, surcharges: [.furtherPages, .anyOf(.overviews, .aiOverview)],
          countryModels: ["google"],
          fields: [
            .query, .country, .location, .uule, .device(of: [.desktop, .mobile]), .pages,
          ],
          include: [.html, .aiOverview, .peopleAlsoAskOverview]),
        october: ProviderTerms(
          price: 3, surcharges: [.furtherPages, .anyOf(.overviews, .aiOverview)],
          countryModels: ["google", "aioverview"],
          fields: [
            .query, .country, .location, .uule,
            .device(of: [.desktop, .mobile, .ios, .android]), .gl, .hl, .pages, .url,
          ],
          include: [.html, .aiOverview, .peopleAlsoAskOverview, .googleGoto]))),
    ProviderRow(
      .googleNews, taskType: "GOOGLE_NEWS", taskTypePosition: 3, resultFile: "google-news",
      ByRevision(
        july: ProviderTerms(
          price: 3, surcharges: [.furtherPages], countryModels: [],
          fields: [.query, .country, .device(of: [.desktop, .mobile]), .pages], include: [.html]),
        october: ProviderTerms(
          price: 3, surcharges: [.furtherPages], countryModels: [],
          fields: [
            .query, .country, .device(of: [.desktop, .mobile, .ios, .android]), .gl, .hl, .pages,
          ],
          include: [.html]))),
    ProviderRow(
      .copilot, taskType: "COPILOT", taskTypePosition: 6, resultFile: "copilot",
      ByRevision(
        ProviderTerms(
          price: 5, surcharges: [.state], countryModels: ["copilot"],
          fields: [.prompt, .country, .state], include: [.html, .markdown, .rawResponse]))),
    ProviderRow(
      .perplexity, taskType: "PERPLEXITY", taskTypePosition: 7, resultFile: "perplexity",
      ByRevision(
        ProviderTerms(
          price: 4, surcharges: [.state], countryModels: ["perplexity"],
          fields: [.prompt, .country, .state], include: [.html, .markdown, .rawResponse]))),
    ProviderRow(
      .aimode, taskType: "AIMODE", taskTypePosition: 1, resultFile: "aimode",
      ByRevision(
        july: ProviderTerms(
          price: 4, surcharges: [], countryModels: ["aimode"],
          fields: [.prompt, .country, .location, .uule, .device(of: [.desktop, .mobile])],
          include: [.html, .markdown]),
        october: ProviderTerms(
          price: 4, surcharges: [.productClusters], countryModels: ["aimode"],
          fields: [
            .prompt, .country, .location, .uule, .device(of: [.desktop, .mobile]), .gl, .hl,
          ],
          include: [.html, .markdown, .expandProducts, .googleGoto]))),
  ]
}
