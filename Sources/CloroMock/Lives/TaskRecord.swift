import CloroContract
import Simulation

/// Where a task stands.
public enum TaskStatus: String, Sendable, CaseIterable {
  case queued = "QUEUED"
  case processing = "PROCESSING"
  case completed = "COMPLETED"
  case failed = "FAILED"

  var isFinal: Bool { self == .completed || self == .failed }
}

/// One asynchronous task.
struct TaskRecord: Sendable {
  /// How a webhook fared.
  struct Webhook: Sendable {
    let url: String
    var deliveredAt: Timestamp?
  }

  /// How long a record lives from the task's creation, in nanoseconds. [contract: async tasks]
  static let lifetime: Int64 = 24 * 3600 * 1_000_000_000

  let id: Identifier
  /// Counts the tasks of a process, in the order of submission.
  let number: UInt64
  /// The text of the key that submitted it.
  let key: String
  let submission: AsyncTaskRequest
  let createdAt: Timestamp
  /// Decides the task's own draws.
  let seed: UInt64
  /// Decides its result.
  let resultSeed: UInt64
  /// The double's address as the submitter knew it; empty when no result needs it.
  let origin: String
  /// The estimate made at submission.
  let creditsToCharge: Int64
  let contract: ContractRevision
  var webhook: Webhook?
  var life = TaskLife()
  /// The timer that was set last for it: its completion's, or its expiry's.
  var timer: MockClock.TimerHandle?
  /// How long it spent in snapshots only, in nanoseconds: that doesn't count for its day.
  var timeInSnapshots: Int64 = 0

  var request: MonitorRequest { submission.request }

  var status: TaskStatus { life.status }

  /// When its record comes to its end, if it is finished by then.
  var expiresAt: Timestamp {
    createdAt.advanced(by: Self.lifetime).advanced(by: timeInSnapshots)
  }

  /// The credits it was charged; nil before its end.
  var creditsCharged: Int64? {
    life.end.map { if case .completed(_, let charged) = $0.outcome { charged } else { 0 } }
  }
}
