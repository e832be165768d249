import CloroContract
import Ledger
import Simulation

/// The parts of one double that its API and its control API both use. The composition root makes
/// each of them once and hands them on here, so that nobody reaches one part through another.
struct SharedParts: Sendable {
  let clock: MockClock
  let ledger: Ledger
  /// The rules that hold for all organizations.
  let rules: RuleSet
  let library: ResultLibrary
  let pages: ResultPages
  /// Where all charges and renewals tell how they went.
  let chargeLog: ChargeLog
  let journal: Journal
  let webhooks: WebhookDispatcher
  let tasks: TaskEngine
  let organizations: OrganizationDirectory
  let address: BoundAddress
  /// The double's own contract: that of answers to requests without a valid key.
  let revision: ContractRevision
}
