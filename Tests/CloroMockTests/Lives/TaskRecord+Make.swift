import CloroContract
import Simulation

@testable import CloroMock

extension TaskRecord {
  /// A queued task with defaults for everything that doesn't matter to a test.
  static func make(
    _ number: UInt64, priority: Int = 1, key: String? = nil, at milliseconds: Int64 = 0
  ) -> TaskRecord {
    TaskRecord(
      SubmittedTask(
        id: Identifier(number), number: number, key: PlanCatalogue.defaultKey,
        submission: AsyncTaskRequest(
          request: MonitorRequest(provider: .chatgpt, question: "q\(number)"), priority: priority,
          idempotencyKey: key),
        createdAt: Timestamp(milliseconds: milliseconds), seed: number, resultSeed: number,
        origin: "", creditsToCharge: 5, contract: .july2026, style: AnswerStyle()))
  }
}

extension ConcurrencySlots {
  /// A slot that no other task has.
  static func slot() -> Slot {
    var slots = ConcurrencySlots()
    return slots.acquireUnlimited(for: .task(Identifier(1)))
  }
}
