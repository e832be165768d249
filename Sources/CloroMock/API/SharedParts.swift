import CloroContract
import Ledger
import Platform
import Simulation
import TLS

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
  /// The library and the certificates of https.
  let tls: TLSContext
  /// The double's own revision, in which requests without a valid key are answered.
  let revision: ContractRevision
  let kept: KeptLimits
  /// What requests have taken that belong to no organization, or to one that is gone.
  let tally: TallyBook
  /// Watches requests without a valid key.
  let watch: ClientWatch
  /// Whether a question that no stub answers is refused.
  let needsStubs: Bool
  /// The recordings that answer; nil when there are none.
  let replay: Replay?
  /// Whether requests may ask for faults by their headers.
  let allowsOverrides: Bool
  /// The credits that the run should take at most; nil for any number.
  let budget: Int64?
  /// Processes all that has arrived, on all event loops.
  let arrivals: Arrivals
}
