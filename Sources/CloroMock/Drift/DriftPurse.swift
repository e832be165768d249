/// The credits that may be spent, and those that are.
///
/// What a question really costs is known only afterwards. So one is asked only if twice its
/// published price is left; when prices turn out to have risen by more, as many times its price.
struct DriftPurse: Sendable {
  let cap: Int64
  /// What the service has said that it took, or else what the question costs.
  private(set) var spent: Int64 = 0
  /// The most that may have been taken: at least each question's price, whatever was said.
  private(set) var committed: Int64 = 0
  /// By how much the dearest answer has exceeded its price, as a factor of at least 2.
  private(set) var factor = 2.0

  init(cap: Int64, spent: Int64 = 0, committed: Int64 = 0, factor: Double = 2) {
    self.cap = cap
    self.spent = spent
    self.committed = max(spent, committed)
    self.factor = max(2, min(factor, 1e6))
  }

  /// The most that a question is expected to cost.
  func worst(_ price: Int64) -> Int64 { Int64((Double(price) * factor).rounded(.up)) }

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
    if let known, price > 0 { factor = max(factor, Double(known) / Double(price)) }
  }
}
