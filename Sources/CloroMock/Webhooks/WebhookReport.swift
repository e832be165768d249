import Simulation

/// What a report's text is made from: the task as it ended. It always gives the same text.
final class ReportSource: Sendable {
  let task: TaskRecord
  let renderer: TaskRenderer

  init(_ task: TaskRecord, _ renderer: TaskRenderer) {
    self.task = task
    self.renderer = renderer
  }

  /// More bytes than most texts have.
  private static let usualSize = 8 * 1024

  var text: [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(Self.usualSize)
    renderer.write(task, includesWebhook: false, to: &text)
    return text
  }
}

/// A report's text, as long as it is to be sent, and what it is made from.
struct ReportContent: Sendable {
  /// nil when it is made again from its source.
  private(set) var text: [UInt8]?
  /// nil for one that a document has brought, which has only its text.
  let source: ReportSource?

  /// A report that has been made.
  init(of source: ReportSource) { (text, self.source) = (source.text, source) }

  /// A report that is made when it is looked at.
  init(unmade source: ReportSource) { self.source = source }

  init(text: [UInt8]) { (self.text, source) = (text, nil) }

  /// JSON text.
  var bytes: [UInt8] { text ?? source?.text ?? [] }

  /// The same with its text.
  var made: ReportContent { text == nil ? source.map { ReportContent(of: $0) } ?? self : self }
}

extension WebhookDispatcher {
  /// A report to be delivered. One object, because whoever has to do with a delivery holds it.
  final class Report: Sendable {
    let taskID: Identifier
    /// The request that submitted the task.
    let requestID: Identifier?
    let url: String
    let content: ReportContent
    let settings: Plan.Webhooks
    let organization: Organization
    /// What the weather of its attempts is drawn from.
    let weatherSeed: UInt64
    /// What rules are compared with: the task.
    let subject: RuleSubject

    init(
      taskID: Identifier, requestID: Identifier?, url: String, content: ReportContent,
      settings: Plan.Webhooks, organization: Organization, weatherSeed: UInt64,
      subject: RuleSubject
    ) {
      self.taskID = taskID
      self.requestID = requestID
      self.url = url
      self.content = content
      self.settings = settings
      self.organization = organization
      self.weatherSeed = weatherSeed
      self.subject = subject
    }

    /// The report of a task that has ended.
    ///
    /// - Parameters:
    ///   - content: With its source.
    ///   - url: The receiver's.
    ///   - label: The organization's at the task's end.
    ///   - now: When the task ended, as rules see it.
    convenience init(
      _ content: ReportContent, of task: TaskRecord, to url: String, settings: Plan.Webhooks,
      _ organization: Organization, weatherSeed: UInt64, label: String?, at now: Timestamp
    ) {
      self.init(
        taskID: task.id, requestID: task.requestID, url: url, content: content, settings: settings,
        organization: organization, weatherSeed: weatherSeed,
        subject: RuleSubject(
          task: task.id.text, task.submission, of: task.key, ownRules: organization.rules,
          label: label, at: now, seed: task.seed))
    }

    /// JSON text.
    var body: [UInt8] { content.bytes }

    /// The same with its text.
    var made: Report {
      Report(
        taskID: taskID, requestID: requestID, url: url, content: content.made, settings: settings,
        organization: organization, weatherSeed: weatherSeed, subject: subject)
    }
  }
}
