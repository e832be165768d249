/// What a request asks for in `include`.
public struct Include: OptionSet, Sendable, Hashable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let html = Include(rawValue: 1 << 0)
  public static let markdown = Include(rawValue: 1 << 1)
  public static let rawResponse = Include(rawValue: 1 << 2)
  public static let searchQueries = Include(rawValue: 1 << 3)
  public static let ads = Include(rawValue: 1 << 4)
  public static let shopping = Include(rawValue: 1 << 5)
  /// Google's AI Overview, requested by the presence of an object and not by a boolean.
  public static let aiOverview = Include(rawValue: 1 << 6)
  public static let aiOverviewMarkdown = Include(rawValue: 1 << 7)
  public static let peopleAlsoAskOverview = Include(rawValue: 1 << 8)
  public static let expandProducts = Include(rawValue: 1 << 9)
  /// Accepted and ignored since 8 September 2026.
  public static let googleGoto = Include(rawValue: 1 << 10)

  /// A flag with its name in a request.
  public typealias Named = (name: String, flag: Include)

  /// The flags by their names in a request.
  public static let named: [Named] = [
    ("html", .html), ("markdown", .markdown), ("rawResponse", .rawResponse),
    ("searchQueries", .searchQueries), ("ads", .ads), ("shopping", .shopping),
    ("aioverview", .aiOverview), ("aioverview.markdown", .aiOverviewMarkdown),
    ("paaAioverview", .peopleAlsoAskOverview), ("expandProducts", .expandProducts),
    ("googleGoto", .googleGoto),
  ]

  /// The flags that share one surcharge on ChatGPT (2026-07, section 4).
  public static let chatgptExtras: Include = [.rawResponse, .searchQueries, .ads, .shopping]
  /// The flags that share one surcharge on Google.
  public static let overviews: Include = [.aiOverview, .peopleAlsoAskOverview]
}
