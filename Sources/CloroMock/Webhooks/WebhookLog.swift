import DequeModule
import JSON
import Simulation

/// The most recent deliveries, those under way and those that are over. A pure value.
///
/// Deliveries have numbers of their own, because after a reset the same task identifier may occur
/// again. Those that are over are put away as bytes, and their texts are made again when they are
/// looked at.
struct WebhookLog: Sendable {
  /// The most deliveries that are over, and the most that are not.
  private let most: Int
  private let isFiled: Bool
  /// Those that aren't put away.
  private var present = SlotStore<WebhookDelivery>()
  /// The numbers of those, in the same places: to look for one, none is read as a whole.
  private var numbers = SlotStore<UInt64>()
  private var putAway = PackedStore<WebhookDelivery>()
  /// The places' codes by the deliveries' numbers, and the newest ones' by their identifiers.
  private var places = HashIndex()
  private var newest = HashIndex()
  /// How many deliveries each organization has.
  private var counts: [ObjectIdentifier: Int] = [:]
  /// Those that are over, in the order of their ends; ones that were dropped are skipped.
  private var over = LongQueue<UInt64>()
  private var overCount = 0
  /// Those under way; ones that are over by now are skipped.
  private var open: Deque<UInt64> = []
  private var openCount = 0
  /// How many were dropped.
  private(set) var dropped: Int64 = 0

  /// - Parameter isFiled: Whether those that are over are in a file, too, so that none is lost when
  ///   it has to go here. The default is false.
  init(most: Int, isFiled: Bool = false) { (self.most, self.isFiled) = (most, isFiled) }

  /// How many deliveries there are.
  var count: Int { places.count }

  subscript(number: UInt64) -> WebhookDelivery? { place(number).flatMap { self[$0] } }

  /// Reads a part of a delivery.
  ///
  /// - Returns: nil when it was dropped.
  func read<Part>(_ number: UInt64, _ part: (WebhookDelivery) -> Part) -> Part? {
    switch place(number) {
    case .present(let place)?: present.read(place, part)
    case .putAway(let place)?: part(putAway[place])
    case nil: nil
    }
  }

  /// The deliveries of one organization, or of all, that came after the one with a number; oldest
  /// first.
  ///
  /// - Parameter limit: The most; nil for all.
  func deliveries(
    of organization: Organization?, after number: UInt64 = 0, limit: Int? = nil
  ) -> [WebhookDelivery] {
    if let organization, counts[ObjectIdentifier(organization)] == nil { return [] }
    var found: [(number: UInt64, place: PackedPlace)] = []
    let all =
      present.numbers.map { PackedPlace.present($0) }
      + putAway.numbers { organization.map($0.concern) ?? true }.map { PackedPlace.putAway($0) }
    for place in all {
      let (its, owner, _) = headline(place)
      guard its > number, organization == nil || owner === organization else { continue }
      found.append((its, place))
    }
    return found.sorted { $0.number < $1.number }
      .prefix(limit ?? .max).compactMap { self[$0.place] }
  }

  /// The number of the newest delivery with an identifier.
  func number(of id: String) -> UInt64? {
    newestPlace(id).map { headline($0).number }
  }

  /// Adds a delivery.
  ///
  /// - Parameter delivery: With a number that no other has.
  /// - Returns: The oldest one under way if that had to go for it.
  mutating func add(_ delivery: WebhookDelivery) -> WebhookDelivery? {
    let number = delivery.number
    counts[ObjectIdentifier(delivery.report.organization), default: 0] += 1
    let place: PackedPlace =
      delivery.isPackable ? .putAway(putAway.insert(delivery)) : .present(insert(delivery))
    places.insert(Self.hash(number), place.code)
    if let before = newestPlace(delivery.id) {
      newest.replace(Self.hash(delivery.id), before.code, with: place.code)
    } else {
      newest.insert(Self.hash(delivery.id), place.code)
    }
    guard !delivery.life.isOver else {
      noteOver(number)
      return nil
    }
    open.append(number)
    openCount += 1
    guard openCount > most else {
      // Those that are over by now must not pile up behind one that never is.
      if open.count > 2 * openCount + 64 {
        let log = self
        open.removeAll { !log.isOpen($0) }
      }
      return nil
    }
    while let oldest = open.popFirst() {
      guard isOpen(oldest), let gone = self[oldest] else { continue }
      forget(oldest)
      dropped += 1
      return gone
    }
    return nil
  }

  private func isOpen(_ number: UInt64) -> Bool {
    guard case .present(let place)? = place(number) else { return false }
    return present.read(place) { !$0.life.isOver }
  }

  /// Changes a delivery that is still kept.
  ///
  /// - Returns: The result of the change; nil when the delivery was dropped.
  @discardableResult
  mutating func update<Result>(
    _ number: UInt64, _ change: (inout WebhookDelivery) -> Result
  ) -> Result? {
    switch place(number) {
    case .present(let place)?:
      let (result, isNowOver, isPackable) = present.change(place) { delivery in
        let wasOver = delivery.life.isOver
        let result = change(&delivery)
        return (result, delivery.life.isOver && !wasOver, delivery.isPackable)
      }
      if isPackable { putAway(number, at: place) }
      if isNowOver {
        openCount -= 1
        noteOver(number)
      }
      return result
    case .putAway(let place)?:
      var delivery = putAway[place]
      let result = change(&delivery)
      putAway.replace(place, delivery)
      return result
    case nil: return nil
    }
  }

  private mutating func putAway(_ number: UInt64, at place: Int) {
    guard let delivery = remove(place) else { return }
    let (before, after) = (
      PackedPlace.present(place), PackedPlace.putAway(putAway.insert(delivery))
    )
    places.replace(Self.hash(number), before.code, with: after.code)
    newest.replace(Self.hash(delivery.id), before.code, with: after.code)
  }

  private mutating func noteOver(_ number: UInt64) {
    over.append(number)
    overCount += 1
    if over.count > 2 * overCount + 64 {
      // Those that were dropped with their organizations must not pile up.
      var rest = LongQueue<UInt64>()
      swap(&rest, &over)
      rest.removeAll { place($0) == nil }
      over = rest
    }
    guard overCount > most else { return }
    while let oldest = over.popFirst() {
      guard let place = place(oldest) else { continue }
      if isFiled {
        headline(place).organization.hasFiledTasks.store(true, ordering: .releasing)
      } else {
        dropped += 1
      }
      forget(oldest)
      return
    }
  }

  private mutating func forget(_ number: UInt64) {
    guard let place = place(number) else { return }
    let (_, organization, id) = headline(place)
    switch place {
    case .present(let place):
      if present.read(place, { $0.life.isOver }) { overCount -= 1 } else { openCount -= 1 }
      remove(place)
    case .putAway(let place):
      overCount -= 1
      putAway.remove(place)
    }
    places.remove(Self.hash(number), place.code)
    newest.remove(Self.hash(id), place.code)
    let owner = ObjectIdentifier(organization)
    let rest = counts[owner, default: 1] - 1
    counts[owner] = rest > 0 ? rest : nil
  }

  /// Drops the deliveries of an organization.
  ///
  /// - Returns: Those of them that weren't put away; only they may have timers.
  mutating func removeAll(of organization: Organization) -> [WebhookDelivery] {
    guard let count = counts[ObjectIdentifier(organization)] else { return [] }
    var gone: [WebhookDelivery] = []
    for delivery in present.all where delivery.report.organization === organization {
      forget(delivery.number)
      gone.append(delivery)
    }
    if present.count == 0, count == gone.count + putAway.count {
      // All that is left is its own: that needn't be taken out one by one.
      let dropped = dropped
      self = WebhookLog(most: most, isFiled: isFiled)
      self.dropped = dropped
      return gone
    }
    guard count > gone.count else { return gone }
    for place in putAway.numbers(where: { $0.concern(organization) }) {
      let (number, owner, _) = putAway.headline(place)
      if owner === organization { forget(number) }
    }
    putAway.changeShares(where: { $0.concern(organization) }, { $0.forget(organization) })
    return gone
  }

  // MARK: Places

  private mutating func insert(_ delivery: WebhookDelivery) -> Int {
    _ = numbers.insert(delivery.number)
    return present.insert(delivery)
  }

  @discardableResult
  private mutating func remove(_ place: Int) -> WebhookDelivery? {
    numbers.remove(place)
    return present.remove(place)
  }

  private func place(_ number: UInt64) -> PackedPlace? {
    places.number(Self.hash(number)) { code in
      switch PackedPlace(code: code) {
      case .present(let place): numbers.read(place) { $0 == number }
      case .putAway(let place): putAway.delivery(place) == number
      }
    }.map { PackedPlace(code: $0) }
  }

  private func newestPlace(_ id: String) -> PackedPlace? {
    newest.number(Self.hash(id)) { code in
      headline(PackedPlace(code: code)).id.hasSameBytes(as: id)
    }.map { PackedPlace(code: $0) }
  }

  private subscript(place: PackedPlace) -> WebhookDelivery? {
    switch place {
    case .present(let place): present[place]
    case .putAway(let place): putAway[place]
    }
  }

  /// What can be told of a delivery without reading it as a whole.
  private func headline(
    _ place: PackedPlace
  ) -> (number: UInt64, organization: Organization, id: String) {
    switch place {
    case .present(let place): present.read(place) { ($0.number, $0.report.organization, $0.id) }
    case .putAway(let place): putAway.headline(place)
    }
  }

  private static func hash(_ number: UInt64) -> UInt64 { SeededRandom.mix(number) }

  /// By Swift's own function, because documents may choose them.
  private static func hash(_ id: String) -> UInt64 {
    UInt64(bitPattern: Int64(ByteText(id).hashValue))
  }
}
