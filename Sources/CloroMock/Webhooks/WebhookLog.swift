import DequeModule

/// The most recent deliveries, those under way and those that are over. A pure value.
///
/// Deliveries have numbers of their own, because after a reset the same task identifier may occur
/// again.
struct WebhookLog: Sendable {
  /// The most deliveries that are over, and the most that are not.
  private let most: Int
  private var deliveries: [UInt64: WebhookDelivery] = [:]
  private var numbers: [String: UInt64] = [:]
  private var over: Deque<UInt64> = []
  /// Those under way; ones that are over by now are skipped.
  private var open: Deque<UInt64> = []
  private var openCount = 0
  private var last: UInt64 = 0
  /// How many were dropped.
  private(set) var dropped: Int64 = 0

  init(most: Int) { self.most = most }

  subscript(number: UInt64) -> WebhookDelivery? { deliveries[number] }

  /// All deliveries, oldest first.
  var all: [WebhookDelivery] { deliveries.keys.sorted().compactMap { deliveries[$0] } }

  /// The number of the newest delivery with an identifier.
  func number(of id: String) -> UInt64? { numbers[id] }

  /// Adds a delivery.
  ///
  /// - Returns: Its number, and the oldest one under way if that had to go for it.
  mutating func add(_ delivery: WebhookDelivery) -> (number: UInt64, gone: WebhookDelivery?) {
    last += 1
    var delivery = delivery
    delivery.number = last
    deliveries[last] = delivery
    numbers[delivery.id] = last
    guard !delivery.life.isOver else {
      noteOver(last)
      return (last, nil)
    }
    open.append(last)
    openCount += 1
    guard openCount > most else {
      // Those that are over by now must not pile up behind one that never is.
      if open.count > 2 * openCount + 64 {
        open.removeAll { deliveries[$0]?.life.isOver ?? true }
      }
      return (last, nil)
    }
    while let oldest = open.popFirst() {
      guard let gone = deliveries[oldest], !gone.life.isOver else { continue }
      forget(oldest)
      openCount -= 1
      dropped += 1
      return (last, gone)
    }
    return (last, nil)
  }

  /// Changes a delivery that is still kept.
  ///
  /// - Returns: The result of the change; nil when the delivery was dropped.
  @discardableResult
  mutating func update<Result>(
    _ number: UInt64, _ change: (inout WebhookDelivery) -> Result
  ) -> Result? {
    guard var delivery = deliveries[number] else { return nil }
    let wasOver = delivery.life.isOver
    let result = change(&delivery)
    deliveries[number] = delivery
    if delivery.life.isOver, !wasOver {
      openCount -= 1
      noteOver(number)
    }
    return result
  }

  private mutating func noteOver(_ number: UInt64) {
    over.append(number)
    guard over.count > most else { return }
    forget(over.removeFirst())
    dropped += 1
  }

  private mutating func forget(_ number: UInt64) {
    guard let delivery = deliveries.removeValue(forKey: number) else { return }
    if numbers[delivery.id] == number { numbers[delivery.id] = nil }
  }

  /// Drops deliveries.
  ///
  /// - Returns: The dropped deliveries.
  mutating func removeAll(where condition: (WebhookDelivery) -> Bool) -> [WebhookDelivery] {
    let gone = deliveries.filter { condition($0.value) }
    for (number, delivery) in gone {
      if !delivery.life.isOver { openCount -= 1 }
      forget(number)
    }
    open.removeAll { gone[$0] != nil }
    over.removeAll { gone[$0] != nil }
    return Array(gone.values)
  }
}
