import DequeModule

/// Lets a bounded number of attempts per receiver through, first come, first served: a receiver
/// that is slow or dead holds up nobody else's. A pure value.
struct ReceiverGate<Job: Sendable>: Sendable {
  /// Attempts under way to one receiver.
  static var width: Int { 8 }

  private var running: [String: Int] = [:]
  private var waiting: [String: Deque<Job>] = [:]

  /// Takes a place, or leaves the job waiting.
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

  /// Gives back a place.
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
