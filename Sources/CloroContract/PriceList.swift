/// A price that belongs to no single provider. The raw value is its name in fixtures.
public enum ExtraPrice: String, Sendable, CaseIterable {
  /// Added to every synchronous answer. [seed: credits-and-limits, "How credits work"]
  case syncSurcharge
  /// Added once for any of ChatGPT's `rawResponse`, `searchQueries`, `ads`, `shopping`.
  case chatgptExtras
  /// Added when `state` is set.
  case state
  /// Added for each result page after the first.
  case additionalPage
  /// Added for Google's `aioverview` and `paaAioverview`: in 2026-07 for each, in 2026-10 once for
  /// both. [docs]
  case aiOverview
  /// Added for each product cluster that AI Mode's `expandProducts` returns.
  case expandedProduct
  /// The most product clusters that are charged.
  case expandedProductLimit

  /// The extra's position among all, used as an index into tables; as ``Provider/index``.
  var index: Int { Int(unsafeBitCast(self, to: UInt8.self)) }

  /// The published prices, in credits.
  static let published = ByRevision<[ExtraPrice: Int64]>([
    .syncSurcharge: 2, .chatgptExtras: 2, .state: 2, .additionalPage: 2, .aiOverview: 2,
    .expandedProduct: 1, .expandedProductLimit: 6,
  ])
}

/// What makes an answer more expensive, apart from ``ExtraPrice/syncSurcharge``.
public enum Surcharge: Sendable, Hashable {
  /// The extra, charged once, when any of the flags is set.
  case anyOf(Include, ExtraPrice)
  /// ``ExtraPrice/state`` when a state is given.
  case state
  /// ``ExtraPrice/additionalPage`` for each result page after the first.
  case furtherPages
  /// ``ExtraPrice/expandedProduct`` for each cluster that `expandProducts` returned, up to
  /// ``ExtraPrice/expandedProductLimit``.
  case productClusters
}

/// What a fixture changes in the published prices, in credits.
public struct PriceChanges: Sendable, Hashable {
  /// The base prices of providers' answers, without extras.
  public var base: [Provider: Int64] = [:]
  public var extras: [ExtraPrice: Int64] = [:]

  public init() {}
}

/// The price of an answer, in credits: a revision's published prices with a fixture's changes.
public struct PriceList: Sendable {
  /// The prices that apply to a provider's answers.
  private struct Entry: Sendable {
    let base: Int64
    let surcharges: [Surcharge]
  }

  /// By ``Provider/index``.
  private let entries: [Entry]
  /// By ``ExtraPrice/index``.
  private let extras: [Int64]

  public init(of revision: ContractRevision, changes: PriceChanges = PriceChanges()) {
    entries = Provider.rows.map { row in
      let terms = row.terms[revision]
      return Entry(
        base: changes.base[row.provider] ?? terms.price, surcharges: terms.surcharges)
    }
    let published = ExtraPrice.published[revision]
    extras = ExtraPrice.allCases.map { changes.extras[$0] ?? published[$0] ?? 0 }
  }

  /// The price of an extra; the number itself for ``ExtraPrice/expandedProductLimit``.
  public func price(of extra: ExtraPrice) -> Int64 { extras[extra.index] }

  /// The price of an answer.
  ///
  /// - Parameters:
  ///   - request: What was asked.
  ///   - isSync: Whether the synchronous surcharge applies.
  ///   - productClusters: How many clusters `expandProducts` returned; 0 for an estimate.
  public func price(
    of request: MonitorRequest, isSync: Bool, productClusters: Int = 0
  ) -> Int64 {
    let entry = entries[request.provider.index]
    var price = entry.base
    if isSync { price += extras[ExtraPrice.syncSurcharge.index] }
    for surcharge in entry.surcharges {
      switch surcharge {
      case .anyOf(let flags, let extra):
        if !request.include.isDisjoint(with: flags) { price += extras[extra.index] }
      case .state:
        if request.state != nil { price += extras[ExtraPrice.state.index] }
      case .furtherPages:
        price += extras[ExtraPrice.additionalPage.index] * Int64(request.pages - 1)
      case .productClusters:
        guard request.include.contains(.expandProducts) else { continue }
        let most = extras[ExtraPrice.expandedProductLimit.index]
        price += extras[ExtraPrice.expandedProduct.index] * min(Int64(productClusters), most)
      }
    }
    return price
  }
}
