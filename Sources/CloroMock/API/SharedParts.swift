import CloroContract
import Ledger
import Platform
import Simulation

/// The parts of a double that its API and its control API share. The composition root makes each of
/// them once and passes them on here, so that no part has to be reached through another.
struct SharedParts: Sendable {
  let clock: MockClock
  /// Where calls of the control API wait, and streams of events are made.
  let background: SerialQueue
  let ledger: Ledger
  /// The rules that apply to all organizations.
  let rules: RuleSet
  let library: ResultLibrary
  let pages: ResultPages
  /// The log to which all charges and renewals report their outcome.
  let chargeLog: ChargeLog
  let journal: Journal
  let underWay: RequestsUnderWay
  let webhooks: WebhookDispatcher
  let tasks: TaskEngine
  let organizations: OrganizationDirectory
  let address: BoundAddress
  /// The double's own revision, in which requests without a valid key are answered.
  let revision: ContractRevision
  let kept: KeptLimits
}
