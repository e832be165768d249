import Simulation
import Synchronization

/// The finished tasks of all organizations in the order of their ends, so that the oldest go when
/// there are too many.
final class FinishedTasks: Sendable {
  private struct Entry: Sendable {
    weak var organization: Organization?
    let id: Identifier
  }

  private struct State: Sendable {
    var entries = LongQueue<Entry>()
    var dropped: Int64 = 0
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
      state.entries.append(Entry(organization: organization, id: id))
      var gone: [(Organization, Identifier)] = []
      // Those whose day is over, or whose organization is gone, are still here, and are the oldest.
      while state.entries.count > most, let entry = state.entries.popFirst() {
        if let organization = entry.organization { gone.append((organization, entry.id)) }
      }
      return gone
    }
  }

  /// Counts a task that was dropped.
  func countDropped() { state.withLock { $0.dropped += 1 } }
}
