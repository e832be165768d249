import CloroContract
import JSON

extension JournalEntry {
  /// A question that a request asked, or submitted as a task.
  struct Asked: Sendable, Equatable {
    let provider: Provider
    let text: String
    /// The body of a synchronous question, or of a task.
    let body: JSON
    let isTask: Bool

    /// The whole question, and the task as which it was submitted; nil when it was refused.
    fileprivate var read: (request: MonitorRequest?, submission: AsyncTaskRequest?) {
      for revision in ContractRevision.allCases {
        var ignored = IgnoredMembers()
        if isTask {
          let validated = AsyncTaskRequest.validate(body, in: revision, ignored: &ignored)
          if case .valid(let submission) = validated { return (submission.request, submission) }
        } else {
          let validated = MonitorRequest.validate(
            body, for: provider, in: revision, ignored: &ignored)
          if case .valid(let request) = validated { return (request, nil) }
        }
      }
      return (nil, nil)
    }
  }

  /// What rules compare with a question of the entry.
  func subject(of asked: Asked) -> RuleSubject {
    let (request, submission) = asked.read
    return RuleSubject(
      key: key?.text, path: path, route: endpoint.path, method: method, provider: asked.provider,
      question: request?.question ?? asked.text, country: request?.country, request: request,
      submission: submission, label: label, seed: 0)
  }

  /// The questions in the request's body, as far as it can be read: one for a monitor and a task,
  /// several for a batch. Read anew each time, because few entries are asked for theirs.
  var questions: [Asked] {
    switch endpoint.kind {
    case .monitor(let provider): [Self.asked(of: provider, body)].compactMap(\.self)
    case .createTask: [Self.asked(inTask: body)].compactMap(\.self)
    case .createBatch: (body?.array ?? []).compactMap(Self.asked(inTask:))
    default: []
    }
  }

  private var body: JSON? {
    guard case .bytes(let bytes, let total) = request.body, bytes.count == total else {
      return nil
    }
    return try? JSON(parsing: bytes)
  }

  private static func asked(inTask task: JSON?) -> Asked? {
    guard let task, let provider = task["taskType"]?.string.flatMap({ Provider(taskType: $0) })
    else { return nil }
    return text(in: task["payload"]).map {
      Asked(provider: provider, text: $0, body: task, isTask: true)
    }
  }

  static func asked(of provider: Provider, _ body: JSON?) -> Asked? {
    text(in: body).map {
      Asked(provider: provider, text: $0, body: body ?? .null, isTask: false)
    }
  }

  private static func text(in body: JSON?) -> String? {
    body?["prompt"]?.string ?? body?["query"]?.string
  }
}
