import Simulation

/// A recording as it answers questions. A class, because tasks, pages and the journal share it.
final class RecordedAnswer: Sendable, Hashable {
  /// The file's name.
  let name: String
  /// The result, byte for byte.
  let text: [UInt8]
  /// In nanoseconds.
  let latency: Int64
  /// What the service has charged, where that is to be charged again; nil for the price.
  let credits: Int64?

  init(_ file: RecordingFolder.File, chargesRecorded: Bool) {
    name = file.name
    text = file.recording.answer.text
    latency = min(file.recording.latencyMs * 1_000_000, LatencyDistribution.longest)
    credits = chargesRecorded ? file.recording.credits : nil
  }

  /// An answer as it was loaded before.
  init(name: String, text: [UInt8], latency: Int64, credits: Int64?) {
    self.name = name
    self.text = text
    self.latency = latency
    self.credits = credits
  }

  static func == (left: RecordedAnswer, right: RecordedAnswer) -> Bool {
    left === right || left.name == right.name && left.text == right.text
  }

  func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
