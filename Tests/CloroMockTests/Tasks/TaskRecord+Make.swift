import CloroContract
import Ledger
import Simulation

@testable import CloroMock

extension TaskRecord {
  /// A queued task with defaults for all that a test doesn't care about.
  static func make(
    _ number: UInt64, priority: Int = 1, key: String? = nil, at milliseconds: Int64 = 0
  ) throws -> TaskRecord {
    let ledger = try Ledger()
    let account = try ledger.createOrganization(named: "test", plan: "hobby", grant: 0, at: 0)
    let settings = OrganizationSettings(
      KeySettings(), plans: PlanCatalogue(), defaults: OrganizationSettings.Defaults())
    let organization = Organization(
      account: account, createdAt: Timestamp(milliseconds: 0), settings: settings)
    return TaskRecord(
      id: Identifier(number), number: number,
      key: APIKey(PlanCatalogue.defaultKey, organization: organization),
      submission: AsyncTaskRequest(
        request: MonitorRequest(provider: .chatgpt, question: "q\(number)"), priority: priority,
        idempotencyKey: key),
      createdAt: Timestamp(milliseconds: milliseconds), seed: number, resultSeed: number,
      origin: "", creditsToCharge: 5, contract: .july2026)
  }
}
