import CloroContract
import JSON
import Simulation

extension RuleSubject {
  /// A task at its pick-up, its end, or its report.
  ///
  /// - Parameters:
  ///   - label: The organization's at this time.
  ///   - now: On the double's clock.
  init(
    _ task: TaskRecord, of organization: Organization, label: String?, at now: Timestamp
  ) {
    self.init(
      task: task.id.text, task.submission, of: task.key, ownRules: organization.rules,
      label: label, at: now, seed: task.seed)
  }
}

extension TaskEngine {
  /// The error with which a task fails that would otherwise be completed, as JSON text. It comes
  /// from a fault, which counts as a strike, or from the stub of its pick-up.
  func failure(
    of task: TaskRecord, _ organization: Organization, _ settings: OrganizationSettings
  ) -> [UInt8]? {
    let subject = RuleSubject(
      task, of: organization, label: settings.plan.label, at: clock.now)
    let fault = rules.strike(subject, at: .taskEnd)
    if case .taskFailure(let code, let message)? = fault?.definition.kind {
      return Self.error(code: code, message: message)
    }
    guard case .error(let error, _)? = task.life.run?.stub?.answer else { return nil }
    return Self.error(
      error.concrete(for: subject, concurrency: settings.plan.concurrency), of: task)
  }

  static func error(code: String, message: String) -> [UInt8] {
    let body: JSON = ["error": ["code": .string(code), "message": .string(message)]]
    return body.encoded
  }

  static func error(_ error: APIError, of task: TaskRecord) -> [UInt8] {
    error.taskResponse(in: task.contract).encoded
  }
}
