import Simulation
import Synchronization

/// The finished tasks of all organizations in the order of their ends, so that the oldest go when
/// there are too many.
final class FinishedTasks: Sendable {
  /// A task, with its organization's number here.
  private struct Entry: Sendable {
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
    /// Those of organizations that were forgotten are skipped.
    var entries = LongQueue<Entry>()
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
    }

    /// Takes out the oldest entry of an organization that wasn't forgotten.
    ///
    /// - Returns: nil when the organization is gone nevertheless.
    mutating func removeFirst() -> (Organization, Identifier)? {
      while let entry = entries.popFirst() {
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

  /// Forgets the tasks of an organization that is gone.
  func forget(_ organization: Organization) {
    state.withLock { state in
      guard let number = state.numbers[ObjectIdentifier(organization)],
        state.owners[number]?.organization === organization
      else { return }
      state.remove(number)
      // So that what was forgotten doesn't pile up.
      if state.count == 0 {
        state.entries = LongQueue()
      } else if state.entries.count > 2 * state.count + 1024 {
        let owners = state.owners
        state.entries.removeAll { owners[$0.owner] == nil }
      }
    }
  }

  /// How many entries there are, forgotten ones included.
  var entries: Int { state.withLock { $0.entries.count } }

  /// Counts a task that was dropped.
  func countDropped() { state.withLock { $0.dropped += 1 } }
}
