import CloroContract
import JSON

extension JournalEntry {
  /// A question that a request asked, or submitted as a task.
  struct Asked: Sendable, Equatable {
    let provider: Provider
    let text: String
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
    task?["taskType"]?.string.flatMap { Provider(taskType: $0) }.flatMap {
      asked(of: $0, task?["payload"])
    }
  }

  static func asked(of provider: Provider, _ body: JSON?) -> Asked? {
    guard let text = body?["prompt"]?.string ?? body?["query"]?.string else { return nil }
    return Asked(provider: provider, text: text)
  }
}
