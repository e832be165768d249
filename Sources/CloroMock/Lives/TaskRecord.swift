import CloroContract
import Simulation

/// The status of a task in the contract.
public enum TaskStatus: String, Sendable, CaseIterable {
  /// It waits for a slot, or for its next attempt.
  case queued = "QUEUED"
  /// It has a slot and is being worked on.
  case processing = "PROCESSING"
  /// It has succeeded and is charged.
  case completed = "COMPLETED"
  /// It has failed and costs nothing.
  case failed = "FAILED"

  var isFinal: Bool { self == .completed || self == .failed }
}

/// What never changes of a task. A class, because its record is copied wherever it is handed on.
final class SubmittedTask: Sendable {
  let id: Identifier
  /// The task's number in the process, in the order of submission.
  let number: UInt64
  /// The text of the key that submitted it.
  let key: String
  let submission: AsyncTaskRequest
  let createdAt: Timestamp
  /// The seed of the task's own draws.
  let seed: UInt64
  /// The seed of its result.
  let resultSeed: UInt64
  /// The double's address as the submitter used it; empty when no result needs it.
  let origin: String
  /// The price estimated at submission.
  let creditsToCharge: Int64
  let contract: ContractRevision
  let style: AnswerStyle

  init(
    id: Identifier, number: UInt64, key: String, submission: AsyncTaskRequest,
    createdAt: Timestamp, seed: UInt64, resultSeed: UInt64, origin: String,
    creditsToCharge: Int64, contract: ContractRevision, style: AnswerStyle
  ) {
    self.id = id
    self.number = number
    self.key = key
    self.submission = submission
    self.createdAt = createdAt
    self.seed = seed
    self.resultSeed = resultSeed
    self.origin = origin
    self.creditsToCharge = creditsToCharge
    self.contract = contract
    self.style = style
  }
}

/// One asynchronous task.
struct TaskRecord: Sendable {
  /// The outcome of a webhook.
  struct Webhook: Sendable {
    let url: String
    var deliveredAt: Timestamp?
  }

  /// How long a record is kept after the task's creation, in nanoseconds. [contract: async tasks]
  static let lifetime: Int64 = 24 * 3600 * 1_000_000_000

  private let submitted: SubmittedTask
  var webhook: Webhook?
  /// The request that submitted it.
  var requestID: Identifier?
  /// Its number among its organization's tasks, from 1, once it is queued.
  var place: UInt64 = 0
  /// How often its key had submitted the same question before, as far as a weather was set.
  var before: UInt64 = 0
  var life = TaskLife()
  /// The timer that was set last: for its completion, or for its attempts.
  var timer: MockClock.TimerHandle?
  /// The timer of its expiry, once it is finished.
  var expiry: MockClock.OwnedTimer?
  /// How long it existed only in snapshots, in nanoseconds, which doesn't count for its day.
  var timeInSnapshots: Int64 = 0

  init(_ submitted: SubmittedTask, webhook: Webhook? = nil, requestID: Identifier? = nil) {
    self.submitted = submitted
    self.webhook = webhook
    self.requestID = requestID
  }

  var id: Identifier { submitted.id }
  var number: UInt64 { submitted.number }
  var key: String { submitted.key }
  var submission: AsyncTaskRequest { submitted.submission }
  var createdAt: Timestamp { submitted.createdAt }
  var seed: UInt64 { submitted.seed }
  var resultSeed: UInt64 { submitted.resultSeed }
  var origin: String { submitted.origin }
  var creditsToCharge: Int64 { submitted.creditsToCharge }
  var contract: ContractRevision { submitted.contract }
  var style: AnswerStyle { submitted.style }

  /// Notes that it existed for so long only in a snapshot, in nanoseconds: less than nothing where
  /// that was taken by a double whose clock is ahead.
  mutating func wasInSnapshot(for nanoseconds: Int64) {
    let (sum, overflow) = timeInSnapshots.addingReportingOverflow(nanoseconds)
    timeInSnapshots = overflow ? (nanoseconds < 0 ? .min : .max) : sum
  }

  var request: MonitorRequest { submission.request }

  var status: TaskStatus { life.status }

  /// When its record expires, if the task is finished by then.
  var expiresAt: Timestamp {
    let end = createdAt.advanced(by: Self.lifetime).advanced(by: timeInSnapshots)
    return Timestamp(nanoseconds: max(0, end.nanoseconds))
  }

  /// The credits it was charged; nil before its end.
  var creditsCharged: Int64? {
    life.end.map { if case .completed(_, let charged) = $0.outcome { charged } else { 0 } }
  }
}
