import Simulation

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

    /// Free slots. Never negative, even after a plan was lowered.
    var remaining: Int { max(0, limit - current) }
  }

  /// A slot that was taken and has to be released once.
  struct Slot: Equatable, Sendable {
    fileprivate let place: Int
    /// Counts admissions, because places are reused.
    fileprivate let number: UInt64

    /// Which of the slots it is, from 1.
    var lane: Int { place + 1 }

    /// What stands for the slot of a task of another process: it gets one of its own before it goes
    /// on, and one that has ended needs none.
    static let none = Slot(place: 0, number: 0)
  }

  enum Decision: Equatable {
    /// Carries the usage including this request.
    case admitted(Usage, Slot)
    /// Carries the usage as the refusal reports it: one more than the limit.
    case refused(Usage)
  }

  /// The holders of slots at a moment: the first ones, and how many there are in all.
  struct Holders: Equatable, Sendable {
    let first: [SlotHolder]
    let count: Int
  }

  private struct Admission: Sendable {
    let number: UInt64
    let holder: SlotHolder
  }

  /// The holders, each in its own place; nil where a slot was released.
  private var places: [Admission?] = []
  private var free: [Int] = []
  private var admissions: UInt64 = 0
  /// The most slots that were taken at a time.
  private(set) var peak = 0

  var running: Int { places.count - free.count }

  /// How many slots were given back.
  var releases: UInt64 { admissions - UInt64(running) }

  /// Takes a slot if one is free. A changed limit applies to the next request.
  mutating func acquire(limit: Int, for holder: SlotHolder) -> Decision {
    guard running < limit else { return .refused(Usage(limit: limit, current: limit + 1)) }
    let slot = acquireUnlimited(for: holder)
    return .admitted(Usage(limit: limit, current: running), slot)
  }

  /// Takes a slot, regardless of the limit.
  mutating func acquireUnlimited(for holder: SlotHolder) -> Slot {
    admissions += 1
    let place = free.popLast() ?? places.count
    if place == places.count { places.append(nil) }
    places[place] = Admission(number: admissions, holder: holder)
    if running > peak { peak = running }
    return Slot(place: place, number: admissions)
  }

  mutating func release(_ slot: Slot) {
    precondition(places[slot.place]?.number == slot.number, "A slot was given back twice.")
    places[slot.place] = nil
    free.append(slot.place)
  }

  /// How many slots requests hold, and how many tasks, counted one by one.
  struct Census: Equatable, Sendable {
    var requests = 0
    var tasks = 0
  }

  var census: Census {
    var census = Census()
    for case let admission? in places {
      switch admission.holder {
      case .request: census.requests += 1
      case .task: census.tasks += 1
      }
    }
    return census
  }

  /// The usage without a further request.
  func usage(limit: Int) -> Usage { Usage(limit: limit, current: running) }

  /// The holders that have held their slots longest.
  func holders(atMost limit: Int) -> Holders {
    var first: [Admission] = []
    for case let admission? in places
    where first.count < limit || admission.number < first[limit - 1].number {
      let index = first.firstIndex { admission.number < $0.number } ?? first.count
      first.insert(admission, at: index)
      if first.count > limit { first.removeLast() }
    }
    return Holders(first: first.map(\.holder), count: running)
  }
}
