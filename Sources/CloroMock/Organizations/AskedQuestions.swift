import DequeModule

/// How often an organization has asked its questions, for answers that differ each time and for the
/// weather.
struct AskedQuestions: Sendable {
  /// The most questions that are remembered; the oldest are forgotten first, and then count anew.
  static let most = 16_384

  private var counts: [UInt64: UInt64] = [:]
  private var order: Deque<UInt64> = []

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
