import CloroContract
import JSON

extension RuleSubject {
  /// A task at its pick-up, its end, or its report.
  init(_ task: TaskRecord, seed: UInt64) {
    self.init(
      key: task.key.text, ownRules: task.key.organization.rules, path: "/v1/async/task",
      provider: task.request.provider, question: task.request.question,
      country: task.request.country, seed: seed)
  }
}

extension TaskEngine {
  /// Chooses the stub of a task that is picked up.
  ///
  /// - Returns: The task with its stub, if one holds for it.
  func choosingStub(of task: TaskRecord, _ organization: Organization) -> TaskRecord {
    guard let stub = rules.stub(for: RuleSubject(task, seed: task.seed)) else { return task }
    return organization.withState { $0.tasks.update(task.id) { $0.stub = stub } } ?? task
  }

  /// Lets a fault strike a task that would end well.
  func strike(_ task: TaskRecord) -> TaskRecord.Outcome? {
    let fault = rules.strike(RuleSubject(task, seed: task.seed), at: .taskEnd)
    guard case .taskFailure(let code, let message)? = fault?.definition.kind else { return nil }
    let body: JSON = ["error": ["code": .string(code), "message": .string(message)]]
    return .error(body.encoded)
  }

  /// The error that a task's stub gives instead of a result.
  func stubbedError(_ task: TaskRecord) -> TaskRecord.Outcome? {
    guard case .error(let error, _)? = task.stub?.definition.answer else { return nil }
    let concrete = error.concrete(
      for: RuleSubject(task, seed: task.seed),
      concurrency: task.key.organization.settings.plan.concurrency)
    return self.error(concrete, task)
  }
}
