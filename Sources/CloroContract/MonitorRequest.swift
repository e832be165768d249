/// A checked question to a provider.
public struct MonitorRequest: Sendable, Hashable {
  /// The kind of device that a result page is for.
  public enum Device: String, Sendable, CaseIterable {
    case desktop
    case mobile
    case ios
    case android

    /// All devices except the desktop get the mobile result page.
    public var isMobile: Bool { self != .desktop }
  }

  public var provider: Provider
  /// The prompt, or the query of the Google kinds, without the white space around it; at most
  /// 10,000 characters, unless an address contains it. It is empty when a blank text was sent.
  public var question: String
  /// The country's code in capitals: `country`, `gl`, or that of an address.
  public var country: String
  /// A USPS code in capitals; only with country US.
  public var state: String?
  /// A canonical place name or an encoded place; at most one of the two.
  public var location: String?
  public var uule: String?
  /// The interface language, lower case (2026-10).
  public var hl: String?
  /// The default is `desktop`.
  public var device: Device
  /// Result pages, 1…10, a fraction being rounded up. The default is 1.
  public var pages: Int
  public var include: Include
  /// ChatGPT's old desktop interface (2026-10).
  public var legacy: Bool
  /// Whether ChatGPT decides for itself if it searches (2026-10).
  public var disableWebSearch: Bool

  public init(
    provider: Provider, question: String, country: String = "US", state: String? = nil,
    location: String? = nil, uule: String? = nil, hl: String? = nil, device: Device = .desktop,
    pages: Int = 1, include: Include = [], legacy: Bool = false, disableWebSearch: Bool = false
  ) {
    self.provider = provider
    self.question = question
    self.country = country
    self.state = state
    self.location = location
    self.uule = uule
    self.hl = hl
    self.device = device
    self.pages = pages
    self.include = include
    self.legacy = legacy
    self.disableWebSearch = disableWebSearch
  }
}
