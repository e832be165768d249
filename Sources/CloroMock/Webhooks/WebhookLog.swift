import DequeModule

/// All deliveries under way, and the most recent finished ones. A pure value.
///
/// Deliveries have numbers of their own, because after a reset the same task identifier may occur
/// again.
struct WebhookLog: Sendable {
  /// The most finished deliveries that are kept.
  private static let longest = 10_000

  private var deliveries: [UInt64: WebhookDelivery] = [:]
  private var numbers: [String: UInt64] = [:]
  private var over: Deque<UInt64> = []
  private var last: UInt64 = 0

  subscript(number: UInt64) -> WebhookDelivery? { deliveries[number] }

  /// All deliveries, oldest first.
  var all: [WebhookDelivery] { deliveries.keys.sorted().compactMap { deliveries[$0] } }

  /// The number of the newest delivery with an identifier.
  func number(of id: String) -> UInt64? { numbers[id] }

  mutating func add(_ delivery: WebhookDelivery) -> UInt64 {
    last += 1
    deliveries[last] = delivery
    numbers[delivery.id] = last
    if delivery.life.isOver { noteOver(last) }
    return last
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
    if delivery.life.isOver, !wasOver { noteOver(number) }
    return result
  }

  private mutating func noteOver(_ number: UInt64) {
    over.append(number)
    if over.count > Self.longest { forget(over.removeFirst()) }
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
    for number in gone.keys { forget(number) }
    over.removeAll { gone[$0] != nil }
    return Array(gone.values)
  }
}
