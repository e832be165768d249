/// The credits that may be spent, and those that are.
///
/// What a question really costs is known only afterwards. So one is asked only if twice as much is
/// left as its published price, times the most that any price has turned out to have risen. Only a
/// price that has risen more than twice as much as all those before it can exceed the cap; after
/// that nothing is asked.
struct DriftPurse: Sendable {
  let cap: Int64
  /// What the service has said that it took, or else what the question costs.
  private(set) var spent: Int64 = 0
  /// The most that may have been taken: at least each question's price, whatever was said.
  private(set) var committed: Int64 = 0
  /// How many times its published price a question may cost as far as is known: twice the most that
  /// an answer has exceeded its price by, at least 2.
  private(set) var factor = Self.margin

  /// How many times more than the worst so far a price may have risen. [chosen]
  static let margin = 2.0

  init(cap: Int64, spent: Int64 = 0, committed: Int64 = 0, factor: Double = margin) {
    self.cap = cap
    self.spent = spent
    self.committed = max(spent, committed)
    self.factor = max(Self.margin, min(factor, 1e6))
  }

  /// The most that a question is expected to cost.
  private func worst(_ price: Int64) -> Int64 { Int64((Double(price) * factor).rounded(.up)) }

  /// Whether a question of that price may be asked.
  func allows(_ price: Int64) -> Bool {
    price == 0 || committed + worst(price) <= cap
  }

  /// The purse as it is when nobody will ever know what became of a question.
  func assumingLoss(of price: Int64) -> DriftPurse {
    var purse = self
    purse.take(nil, price: price)
    return purse
  }

  /// Takes what an answer cost.
  ///
  /// - Parameter charged: What the service says; nil when it says nothing, so that the worst is
  ///   assumed.
  mutating func take(_ charged: Int64?, price: Int64) {
    let known = charged.map { min(max(0, $0), 1_000_000_000) }
    spent += known ?? worst(price)
    committed += max(known ?? worst(price), price)
    if let known, price > 0 {
      factor = min(1e6, max(factor, Self.margin * Double(known) / Double(price)))
    }
  }
}
