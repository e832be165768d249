import Synchronization

/// The snapshots that were taken, by name.
final class SnapshotStore: Sendable {
  private let snapshots = Mutex<[String: Snapshot]>([:])

  subscript(name: String) -> Snapshot? {
    get { snapshots.withLock { $0[name] } }
    set { snapshots.withLock { $0[name] = newValue } }
  }

  var names: [String] { snapshots.withLock { $0.keys.sorted() } }
}
