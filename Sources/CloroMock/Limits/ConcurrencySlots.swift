/// Who holds a slot.
enum SlotHolder: Equatable, Sendable {
  case request(Identifier)
  case task(Identifier)
}

/// The slots of an organization, shared by running requests and tasks. A pure value.
///
/// [seed: concurrency, "Can I burst above my concurrency limit?": the limit is hard, and a surplus
/// request is refused at once]
struct ConcurrencySlots: Sendable {
  struct Usage: Equatable, Sendable {
    let limit: Int
    let current: Int

    /// Never below 0, even after a plan has shrunk.
    var remaining: Int { max(0, limit - current) }
  }

  /// A slot that was taken, to be given back once.
  struct Slot: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  enum Decision: Equatable {
    /// Carries the usage with this request.
    case admitted(Usage, Slot)
    /// Carries the usage as the refusal reports it: one more than the limit.
    case refused(Usage)
  }

  /// Who holds the slots at a moment: the first ones, and how many there are in all.
  struct Holders: Equatable, Sendable {
    let first: [SlotHolder]
    let count: Int
  }

  private var holders: [Slot: SlotHolder] = [:]
  private var admissions: UInt64 = 0

  var running: Int { holders.count }

  /// Takes a slot if one is free. A plan's change applies to the very next request.
  mutating func acquire(limit: Int, for holder: SlotHolder) -> Decision {
    guard running < limit else { return .refused(Usage(limit: limit, current: limit + 1)) }
    admissions += 1
    let slot = Slot(number: admissions)
    holders[slot] = holder
    return .admitted(Usage(limit: limit, current: running), slot)
  }

  mutating func release(_ slot: Slot) {
    precondition(holders.removeValue(forKey: slot) != nil, "A slot was given back twice.")
  }

  /// The usage without a further request.
  func usage(limit: Int) -> Usage { Usage(limit: limit, current: running) }

  /// The holders that were admitted first.
  func holders(atMost limit: Int) -> Holders {
    var first: [Slot] = []
    for slot in holders.keys where first.count < limit || slot.number < first[limit - 1].number {
      let index = first.firstIndex { slot.number < $0.number } ?? first.count
      first.insert(slot, at: index)
      if first.count > limit { first.removeLast() }
    }
    return Holders(first: first.compactMap { holders[$0] }, count: running)
  }
}
