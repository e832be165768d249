import CloroContract
import JSON

/// The prices that were seen, and what has become of the published ones.
struct DriftPrices: Sendable {
  struct Seen: Sendable, Hashable {
    let provider: Provider
    /// The extra's name; nil for a plain question.
    let extra: String?
    /// The rule of the extra's price.
    let rule: String?
    let isSync: Bool
    let expected: Int64
    let found: Int64
    let example: String

    /// By how much it has risen. What the service says may be any number.
    var change: Int64 { min(max(-1_000_000_000, found), 1_000_000_000) - expected }
  }

  private(set) var seen: [Seen] = []

  mutating func add(_ price: Seen) { seen.append(price) }

  /// Tells what the prices show, and each cause once: a base price that has changed makes every
  /// question to that provider dearer, a surcharge those of all providers.
  func tell(_ comparison: inout DriftComparison) {
    let plain = seen.filter { $0.extra == nil && $0.isSync }
    let tasks = seen.filter { $0.extra == nil && !$0.isSync }
    let july = comparison.revision == .july2026
    var surcharge: Int64 = 0
    if Set(plain.map(\.provider)).count >= 2, let change = plain.first?.change, change != 0,
      plain.allSatisfy({ $0.change == change }), tasks.allSatisfy({ $0.change == 0 })
    {
      surcharge = change
      comparison.note(
        .price, "credits.sync-surcharge", "synchronous surcharge",
        expected: JSON(PriceList(of: comparison.revision).price(of: .syncSurcharge)),
        found: JSON(PriceList(of: comparison.revision).price(of: .syncSurcharge) + change),
        asked: plain[0].example)
    }
    var changes: [Provider: Int64] = [:]
    for price in plain {
      changes[price.provider] = price.change
      guard price.change != surcharge else { continue }
      comparison.note(
        .price, july ? "credits.base-prices-july" : "credits.base-prices",
        "\(price.provider.rawValue) X-Credits-Charged", expected: JSON(price.expected),
        found: JSON(price.found), asked: price.example)
    }
    for price in tasks {
      let known = (changes[price.provider] ?? 0) - surcharge
      guard price.change != 0, price.change != known else { continue }
      comparison.note(
        .price, "async.estimate", "\(price.provider.rawValue) creditsToCharge",
        expected: JSON(price.expected), found: JSON(price.found), asked: price.example)
    }
    // What an extra costs shows only beside a plain question at the published price.
    for price in seen where price.extra != nil && price.change != surcharge {
      guard changes[price.provider] ?? surcharge == surcharge else { continue }
      comparison.note(
        .price, price.rule ?? "", "\(price.provider.rawValue) \(price.extra ?? "")",
        expected: JSON(price.expected + surcharge), found: JSON(price.found), asked: price.example)
    }
  }
}
