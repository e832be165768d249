/// What an answer costs, in credits. Every number may be changed by a fixture: prices have changed
/// before.
public struct PriceList: Sendable, Hashable {
  /// The price of each provider's answer without extras.
  public var base: [Provider: Int64]
  /// Added to every synchronous answer. [seed: credits-and-limits, "How credits work"]
  public var syncSurcharge: Int64 = 2
  /// Added once for any of ChatGPT's `rawResponse`, `searchQueries`, `ads`, `shopping`.
  public var chatgptExtras: Int64 = 2
  /// Added when `state` is set.
  public var state: Int64 = 2
  /// Added for each result page after the first.
  public var additionalPage: Int64 = 2
  /// Added once for Google's `aioverview`, `paaAioverview` or both.
  public var aiOverview: Int64 = 2
  /// Added for each product cluster that AI Mode's `expandProducts` returns.
  public var expandedProduct: Int64 = 1
  /// The most product clusters that are charged.
  public var expandedProductLimit: Int64 = 6

  /// The published prices of October 2026.
  public init() {
    base = [
      .chatgpt: 5, .gemini: 4, .grok: 4, .google: 3, .googleNews: 3, .copilot: 5, .perplexity: 4,
      .aimode: 4,
    ]
  }

  /// The price of an answer.
  ///
  /// - Parameters:
  ///   - request: What was asked.
  ///   - isSync: Whether the synchronous surcharge applies.
  ///   - productClusters: How many clusters `expandProducts` returned; 0 for an estimate.
  public func price(
    of request: MonitorRequest, isSync: Bool, productClusters: Int = 0
  ) -> Int64 {
    var price = base[request.provider] ?? 0
    if isSync { price += syncSurcharge }
    if request.state != nil { price += state }
    switch request.provider {
    case .chatgpt:
      if !request.include.isDisjoint(with: .chatgptExtras) { price += chatgptExtras }
    case .google:
      price += additionalPage * Int64(request.pages - 1)
      if !request.include.isDisjoint(with: .overviews) { price += aiOverview }
    case .googleNews:
      price += additionalPage * Int64(request.pages - 1)
    case .aimode:
      if request.include.contains(.expandProducts) {
        price += expandedProduct * min(Int64(productClusters), expandedProductLimit)
      }
    case .gemini, .grok, .copilot, .perplexity: break
    }
    return price
  }
}
