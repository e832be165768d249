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
  /// What a finished task's `response` is made of.
  enum Outcome: Sendable {
    /// The provider's result, rendered when it is read.
    case result
    /// A result given by hand, as JSON text.
    case given([UInt8])
    /// An error object, as JSON text.
    case error([UInt8])
  }

  /// How a webhook fared.
  struct Webhook: Sendable {
    let url: String
    var deliveredAt: Timestamp?
  }

  let id: Identifier
  /// Counts the tasks of a process, in the order of submission.
  let number: UInt64
  /// The key that submitted it.
  var key: APIKey
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
  var status = TaskStatus.queued
  var startedAt: Timestamp?
  var finishedAt: Timestamp?
  var creditsCharged: Int64?
  var outcome: Outcome?
  /// The slot that it has held since it was picked up; it is given back at its end.
  var slot: ConcurrencySlots.Slot?
  /// Whether it waits to be released by hand.
  var isHeld = false
  /// Whether its end is being charged.
  var isFinishing = false
  /// Whether the balance was too small when it was picked up: it was then never processed.
  var failedAtPickUp = false
  /// What waits for its end while it is being charged.
  var whenFinished: [@Sendable () -> Void] = []
  /// When its latency will have passed.
  var dueAt: Timestamp?
  /// How long it spent in snapshots only, in nanoseconds: that doesn't count for its day.
  var timeInSnapshots: Int64 = 0
  /// The timer that waits for it: its completion, then its expiry.
  var timer: MockClock.TimerHandle?
  /// The stub that was chosen when it was picked up.
  var stub: CountedRule<Stub>?
  /// Reads so far, for the progression by polls.
  var reads = 0

  var request: MonitorRequest { submission.request }

  /// When its record comes to its end, if it is finished by then.
  var expiresAt: Timestamp {
    createdAt.advanced(by: TaskEngine.recordLifetime).advanced(by: timeInSnapshots)
  }

  /// Whether it has come to its end, or its end is on the way.
  var isEnding: Bool { status.isFinal || isFinishing }

  /// What its result is rendered from.
  var resultInput: ResultRenderer.Input {
    ResultRenderer.Input(
      question: Question(request), revision: contract, seed: resultSeed, origin: origin,
      stub: stub?.definition.result)
  }
}
