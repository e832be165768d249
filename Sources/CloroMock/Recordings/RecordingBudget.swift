/// What recording may spend and has spent, in credits. A value: nothing is asked here.
struct RecordingBudget: Sendable {
  /// What the process may spend in all.
  private let most: Int64
  /// What may be spent in all as things are now; at most ``most``.
  private(set) var limit: Int64
  private(set) var spent: Int64 = 0
  private var reserved: Int64 = 0
  /// Whether anything may be asked.
  private(set) var isOn = true
  /// How many questions have been asked whose answers aren't there, or not yet kept.
  private(set) var underWay = 0

  init(most: Int64) {
    self.most = most
    limit = most
  }

  /// What may still be spent, without what is set aside.
  var remaining: Int64 { max(0, limit - spent - reserved) }

  /// Goes on.
  ///
  /// - Parameter most: What may be spent from now on; nil for all that the process may still spend,
  ///   which is never more.
  mutating func begin(atMost most: Int64?) {
    isOn = true
    let used = spent + reserved
    limit = most.map { $0 < self.most - used ? used + $0 : self.most } ?? self.most
  }

  mutating func end() { isOn = false }

  enum Reservation { case reserved, refused, usedUp }

  /// Sets a price aside for a question that is asked now. When that would be more than may be spent
  /// nothing is asked any more.
  mutating func reserve(_ price: Int64) -> Reservation {
    guard isOn else { return .refused }
    guard spent + reserved + price <= limit else {
      isOn = false
      return .usedUp
    }
    reserved += price
    underWay += 1
    return .reserved
  }

  /// It is known what a question has cost whose price was set aside.
  mutating func settle(_ price: Int64, charged: Int64) {
    reserved -= price
    spent += charged
  }

  /// All is done that follows from an answer.
  mutating func ended() { underWay -= 1 }
}
