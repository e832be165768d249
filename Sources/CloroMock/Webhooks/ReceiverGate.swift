import DequeModule

/// Limits the concurrent attempts per receiver, first come, first served, so that a slow or dead
/// receiver doesn't delay the others. A pure value.
struct ReceiverGate<Job: Sendable>: Sendable {
  /// The most attempts under way to one receiver.
  static var width: Int { 8 }

  private var running: [String: Int] = [:]
  private var waiting: [String: Deque<Job>] = [:]

  /// Takes a place, or queues the job.
  ///
  /// - Returns: Whether the job may start now.
  mutating func enter(_ receiver: String, _ job: Job) -> Bool {
    guard running[receiver, default: 0] >= Self.width else {
      running[receiver, default: 0] += 1
      return true
    }
    waiting[receiver, default: []].append(job)
    return false
  }

  /// Releases a place.
  ///
  /// - Returns: The job that takes it.
  mutating func leave(_ receiver: String) -> Job? {
    if let next = waiting[receiver]?.first {
      waiting[receiver]!.removeFirst()
      if waiting[receiver]!.isEmpty { waiting[receiver] = nil }
      return next
    }
    running[receiver]! -= 1
    if running[receiver] == 0 { running[receiver] = nil }
    return nil
  }
}
