/// How much a double keeps at most, so that a run of days doesn't fill the memory.
///
/// What a test adds beyond a limit is refused with 409 `LIMIT_REACHED`, which names the number.
/// What the double makes itself is dropped, the oldest first, and counted.
public struct KeptLimits: Sendable, Hashable {
  /// Keys, minted ones and those of fixtures. Each minted key has an organization of its own unless
  /// it joins one. The default is 100,000.
  public var keys = 100_000
  /// Snapshots. The default is 100.
  public var snapshots = 100
  /// What all snapshots hold together: keys, tasks and deliveries, which take about a kilobyte
  /// each. The default is 500,000.
  public var snapshotItems = 500_000
  /// Finished tasks in memory. cloro keeps each for 24 hours; beyond this number the oldest go
  /// earlier, and with a database they are read from its file. A finished task takes a few hundred
  /// bytes and its question. The default is 100,000.
  public var finishedTasks = 100_000
  /// Webhook deliveries that are over, and as many that are not: that wait for their first attempt
  /// or for the next one. The default is 10,000.
  public var deliveries = 10_000
  /// Faults of one organization, and as many stubs; the same for those of all organizations. The
  /// default is 10,000.
  public var rules = 10_000

  /// The defaults.
  public init() {}

  /// Each limit by the name that the command line and refusals give it.
  package static let names: [(name: String, limit: WritableKeyPath<KeptLimits, Int> & Sendable)] = [
    ("keys", \.keys), ("snapshots", \.snapshots), ("snapshot-items", \.snapshotItems),
    ("finished-tasks", \.finishedTasks), ("deliveries", \.deliveries), ("rules", \.rules),
  ]

  /// Sets a limit from `NAME=N`, with N from 0 to 1,000,000,000.
  ///
  /// - Returns: Whether there is such a limit, and the number is one.
  package mutating func set(_ text: String) -> Bool {
    let parts = text.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let row = Self.names.first(where: { $0.name == parts[0] }),
      let number = Int(parts[1]), 0...1_000_000_000 ~= number
    else { return false }
    self[keyPath: row.limit] = number
    return true
  }
}

/// A limit that is reached.
struct ReachedLimit: Error, Sendable {
  /// What there may be no more of, e.g. `keys`; one of ``KeptLimits/names``.
  let name: String
  let number: Int
}
