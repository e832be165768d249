import Simulation
import Synchronization

/// The finished tasks of all organizations in the order of their ends, so that the oldest go when
/// there are too many.
final class FinishedTasks: Sendable {
  /// A task, with its organization's number here.
  fileprivate struct Entry: Sendable {
    let owner: Int
    let id: Identifier
  }

  private struct Owner: Sendable {
    let key: ObjectIdentifier
    weak var organization: Organization?
    /// How many entries are its own.
    var count = 0
  }

  private struct State: Sendable {
    /// The entries in their order, those of organizations that were forgotten included, which are
    /// skipped.
    var entries = LongQueue<Entry>()
    /// While forgotten ones are taken out: the first entries, which are not forgotten.
    var sifted: LongQueue<Entry>?
    /// How many entries are of organizations that weren't.
    var count = 0
    var owners: [Int: Owner] = [:]
    var numbers: [ObjectIdentifier: Int] = [:]
    var lastNumber = 0
    var dropped: Int64 = 0

    mutating func number(of organization: Organization) -> Int {
      let key = ObjectIdentifier(organization)
      // Another one may have been at the same place in memory.
      if let number = numbers[key], owners[number]?.organization === organization { return number }
      lastNumber += 1
      numbers[key] = lastNumber
      owners[lastNumber] = Owner(key: key, organization: organization)
      return lastNumber
    }

    mutating func append(_ id: Identifier, _ organization: Organization) {
      let number = number(of: organization)
      entries.append(Entry(owner: number, id: id))
      owners[number]?.count += 1
      count += 1
      sift()
    }

    /// How many entries there are, forgotten ones included.
    var size: Int { entries.count + (sifted?.count ?? 0) }

    /// How many entries are looked at for each that is added.
    private static var portion: Int { 16 }

    /// Takes forgotten entries out, so that they don't pile up: a few at a time, because a million
    /// would take a while.
    private mutating func sift() {
      guard var first = sifted ?? (entries.count > 2 * count + 1024 ? LongQueue() : nil) else {
        return
      }
      sifted = nil
      for _ in 0..<Self.portion {
        guard let entry = entries.popFirst() else {
          entries = first
          return
        }
        if owners[entry.owner] != nil { first.append(entry) }
      }
      sifted = first
    }

    private mutating func popFirst() -> Entry? { sifted?.popFirst() ?? entries.popFirst() }

    /// Takes out the oldest entry of an organization that wasn't forgotten.
    ///
    /// - Returns: nil when the organization is gone nevertheless.
    mutating func removeFirst() -> (Organization, Identifier)? {
      while let entry = popFirst() {
        guard let owner = owners[entry.owner] else { continue }
        count -= 1
        owners[entry.owner]?.count -= 1
        if owner.count == 1 { remove(entry.owner) }
        return owner.organization.map { ($0, entry.id) }
      }
      return nil
    }

    mutating func remove(_ number: Int) {
      guard let owner = owners.removeValue(forKey: number) else { return }
      count -= owner.count
      if numbers[owner.key] == number { numbers[owner.key] = nil }
    }
  }

  private let most: Int
  private let state = Mutex(State())

  init(most: Int) { self.most = most }

  /// How many tasks were dropped before their day was over.
  var dropped: Int64 { state.withLock { $0.dropped } }

  /// Notes that a task has ended.
  ///
  /// - Returns: The tasks that have to go for it, with their organizations.
  func note(_ id: Identifier, _ organization: Organization) -> [(Organization, Identifier)] {
    state.withLock { state in
      state.append(id, organization)
      var gone: [(Organization, Identifier)] = []
      // Those whose day is over are still here, and are the oldest.
      while state.count > most {
        if let oldest = state.removeFirst() { gone.append(oldest) }
      }
      return gone
    }
  }

  /// Entries that nobody needs any more. A million of them take some milliseconds to release.
  struct Forgotten: Sendable {
    fileprivate var entries = LongQueue<Entry>()
    fileprivate var sifted: LongQueue<Entry>?
  }

  /// Forgets the tasks of an organization that is gone.
  func forget(_ organization: Organization) -> Forgotten {
    state.withLock { state in
      var forgotten = Forgotten()
      guard let number = state.numbers[ObjectIdentifier(organization)],
        state.owners[number]?.organization === organization
      else { return forgotten }
      state.remove(number)
      if state.count == 0 {
        swap(&state.entries, &forgotten.entries)
        swap(&state.sifted, &forgotten.sifted)
      }
      return forgotten
    }
  }

  /// How many entries there are, forgotten ones included.
  var entries: Int { state.withLock { $0.size } }

  /// Counts a task that was dropped.
  func countDropped() { state.withLock { $0.dropped += 1 } }
}
