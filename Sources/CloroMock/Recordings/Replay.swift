import CloroContract

/// What answers a question that isn't among the recordings.
public enum MissedRecording: String, Sendable, CaseIterable {
  /// The provider's template.
  case generate
  /// 503 `NO_STUB`.
  case fail
  /// The real service, whose answer is recorded.
  case record
}

/// The recordings that answer questions. It never changes, opens no connection, and reads no file:
/// what was recorded was loaded at the start.
final class Replay: Sendable {
  /// How many answers to each question an organization has had.
  struct Turns: Sendable {
    fileprivate var counts: [RecordingKey: Int] = [:]

    init() {}

    /// Questions as they were counted before, perhaps with other recordings.
    init(_ counted: [(key: RecordingKey, count: Int)]) {
      for (key, count) in counted { counts[key] = count }
    }

    var isEmpty: Bool { counts.isEmpty }

    /// The place of the answer that a question gets next, from 0.
    func count(of key: RecordingKey) -> Int { counts[key, default: 0] }

    /// The questions with how many answers each has had.
    var all: [(key: RecordingKey, count: Int)] { counts.map { ($0.key, $0.value) } }
  }

  private let onMiss: MissedRecording
  /// The answers to each question, in their order.
  private let answers: [RecordingKey: [RecordedAnswer]]
  /// The answers to calls that ask no provider.
  private let calls: [String: RecordedAnswer]

  /// - Parameters:
  ///   - files: In the order in which answers to the same question are given.
  ///   - chargesRecorded: Whether what was recorded is charged, and not the price.
  init(_ files: [RecordingFolder.File], onMiss: MissedRecording, chargesRecorded: Bool) {
    self.onMiss = onMiss
    var answers: [RecordingKey: [RecordedAnswer]] = [:]
    for file in files where file.recording.status == 200 {
      let answer = RecordedAnswer(file, chargesRecorded: chargesRecorded)
      for key in file.recording.keys { answers[key, default: []].append(answer) }
    }
    self.answers = answers
    calls = RecordedCalls.answers(of: files)
  }

  /// Whether questions that weren't recorded are refused.
  var failsOnMiss: Bool { onMiss == .fail }

  /// The next answer to a question; the last one stays.
  ///
  /// - Parameter turns: Those of the asking organization; counts this one.
  /// - Returns: nil when the question wasn't recorded.
  func next(_ key: RecordingKey, _ turns: inout Turns) -> RecordedAnswer? {
    guard let answer = coming(key, turns), let count = answers[key]?.count else { return nil }
    turns.counts[key] = min(turns.counts[key, default: 0] + 1, count - 1)
    return answer
  }

  /// The answer to a call that asks no provider, by its path as ``RecordedCalls/path(_:query:)``
  /// writes it; nil when it wasn't recorded.
  func answer(_ path: String) -> RecordedAnswer? { calls[path] }

  /// The answer that ``next(_:_:)`` would give.
  func coming(_ key: RecordingKey, _ turns: Turns) -> RecordedAnswer? {
    guard let answers = answers[key] else { return nil }
    return answers[min(turns.counts[key, default: 0], answers.count - 1)]
  }
}
