import DequeModule

/// How often an organization has asked its questions, for answers that differ each time and for the
/// weather.
struct AskedQuestions: Sendable {
  /// The most questions that are remembered; the oldest are forgotten first, and then count anew.
  static let most = 16_384

  private var counts: [UInt64: UInt64] = [:]
  private var order: Deque<UInt64> = []

  init() {}

  /// Questions as they were counted before, the oldest first.
  init(_ counted: [(question: UInt64, count: UInt64)]) {
    for (question, count) in counted where counts.updateValue(count, forKey: question) == nil {
      order.append(question)
    }
  }

  /// The questions with how often each was asked, the oldest first.
  var all: [(question: UInt64, count: UInt64)] {
    order.compactMap { question in counts[question].map { (question, $0) } }
  }

  /// Counts a question.
  ///
  /// - Parameter question: A hash of all that makes it another question.
  /// - Returns: How often it had been asked before.
  mutating func count(_ question: UInt64) -> UInt64 {
    if let before = counts[question] {
      counts[question] = before + 1
      return before
    }
    counts[question] = 1
    order.append(question)
    if order.count > Self.most { counts[order.removeFirst()] = nil }
    return 0
  }
}
