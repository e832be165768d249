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
  /// The stub that answers a task, whose use is counted; nil when there is none.
  func stub(
    of task: TaskRecord, _ organization: Organization, _ settings: OrganizationSettings,
    at now: Timestamp
  ) -> CountedRule<Stub>? {
    guard rules.mayConcern(organization.rules) else { return nil }
    return rules.stub(
      for: RuleSubject(task, of: organization, label: settings.plan.label, at: now))
  }

  /// The error with which a task fails that would otherwise be completed, as JSON text. It comes
  /// from a fault, which counts as a strike, from the stub of its pick-up, or from the weather
  /// where there is no stub.
  func failure(
    of task: TaskRecord, _ organization: Organization, _ settings: OrganizationSettings
  ) -> [UInt8]? {
    let now = clock.now
    var subject: RuleSubject {
      RuleSubject(task, of: organization, label: settings.plan.label, at: now)
    }
    if rules.mayConcern(organization.rules),
      case .taskFailure(let code, let message)? =
        rules.strike(subject, at: .taskEnd)?.definition.kind
    {
      return Self.error(code: code, message: message)
    }
    // What was recorded takes the provider's place, which the weather strikes.
    if let stub = task.life.run?.stub, stub.definition.recorded == nil {
      guard case .error(let error, _) = stub.answer else { return nil }
      return Self.error(
        error.concrete(for: subject, concurrency: settings.plan.concurrency), of: task)
    }
    return Self.isStruck(task, settings) ? Self.error(.taskRetriesExceeded, of: task) : nil
  }

  /// Whether the weather fails a task.
  static func isStruck(_ task: TaskRecord, _ settings: OrganizationSettings) -> Bool {
    guard let probability = settings.weather?.mix?.taskFailures[task.request.provider] else {
      return false
    }
    return WeatherQuestion.share(of: weatherSeed(of: task, settings), "failure") < probability
  }

  /// What a task's weather is drawn from.
  static func weatherSeed(of task: TaskRecord, _ settings: OrganizationSettings) -> UInt64 {
    let identity = APIKey.identity(of: task.key, seed: settings.seed)
    return WeatherQuestion(task.request, isTask: true, identity: identity)
      .seed(before: task.before)
  }

  static func error(code: String, message: String) -> [UInt8] {
    let body: JSON = ["error": ["code": .string(code), "message": .string(message)]]
    return body.encoded
  }

  static func error(_ error: APIError, of task: TaskRecord) -> [UInt8] {
    error.taskResponse(in: task.contract).encoded
  }
}
