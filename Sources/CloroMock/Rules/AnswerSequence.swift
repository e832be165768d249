import JSON
import Simulation

/// The answers of a stub that changes.
struct AnswerSequence: Sendable, Hashable {
  /// At least one; the last one stays.
  let answers: [Stub.Answer]
  /// How long each answer lasts, in nanoseconds of the double's clock, from the first question on;
  /// nil when each question of a key gets the next one.
  let every: Int64?

  /// The most answers. [chosen]
  static let most = 1000
  /// What `every` may be.
  static let expectedDuration = "a duration such as 1d, 12h, 30m, 10s or 250ms, at most 366d"

  private static let units: [(suffix: String, nanoseconds: Int64)] = [
    ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
  ]

  /// Reads a duration of at least a millisecond: whole numbers and a unit.
  ///
  /// - Returns: Nanoseconds.
  static func duration(_ text: String) -> Int64? {
    for (suffix, nanoseconds) in units where text.hasSuffix(suffix) {
      let digits = text.dropLast(suffix.count)
      guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
        let number = Int64(digits), number > 0
      else { continue }
      let (duration, overflow) = number.multipliedReportingOverflow(by: nanoseconds)
      return overflow || duration > 366 * 86_400_000_000_000 ? nil : duration
    }
    return nil
  }

  /// The answer at a time.
  ///
  /// - Parameter elapsed: Nanoseconds since the first question.
  func step(after elapsed: Int64, every: Int64) -> Int {
    Int(min(Int64(answers.count - 1), max(0, elapsed) / every))
  }
}
