import Ledger
import Simulation

/// An organization as it was at a moment: its credits, settings, keys, tasks and rules.
struct OrganizationSnapshot: Sendable {
  let account: Ledger.AccountSnapshot
  let createdAt: Timestamp
  let overrides: KeySettings
  let allocation: CycleAllocation?
  let keys: [APIKey.Snapshot]
  let tasks: TaskBoard
  let asked: AskedQuestions
  let turns: Replay.Turns
  let rules: RuleSet.Lists

  var name: String { account.name }
}

/// All organizations, or one, as they were at a moment.
struct DirectorySnapshot: Sendable {
  /// What belongs to no single organization.
  struct Common: Sendable {
    let rules: RuleSet.Lists
    let minted: UInt64
    /// All keys in their order.
    let keys: [String]
  }

  /// When it was taken.
  let at: Timestamp
  let organizations: [OrganizationSnapshot]
  /// nil for a snapshot of a single organization.
  let common: Common?
}
