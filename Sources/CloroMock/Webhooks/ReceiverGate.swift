import DequeModule

/// Decides which attempts may be under way: so many to one receiver, and so many to all. Those of a
/// receiver come in order. A pure value.
///
/// A receiver that doesn't answer holds up itself alone. Of the places for all, a quarter is for
/// receivers that have answered promptly the last time, and a further quarter for the first attempt
/// to each of the others. So those that are slow or dead leave room to those that are well, as long
/// as there aren't more of them than places.
struct ReceiverGate<Job: Sendable>: Sendable {
  /// The most attempts under way to one receiver.
  static var width: Int { 8 }
  /// How many receivers are remembered as prompt.
  private static var remembered: Int { 4096 }

  /// The most attempts under way to all receivers.
  let places: Int
  private var total = 0
  private var running: [String: Int] = [:]
  private var waiting: [String: Deque<Job>] = [:]
  /// The receivers for which jobs wait, in the order in which they are asked.
  private var line: Deque<String> = []
  /// The receivers whose last exchange ended soon.
  private var prompt: Set<String> = []

  /// - Parameter places: 1 or more.
  init(places: Int) { self.places = places }

  /// Takes a place, or queues the job.
  ///
  /// - Returns: Whether the job may start now.
  mutating func enter(_ receiver: String, _ job: Job) -> Bool {
    guard waiting[receiver] == nil, admits(receiver) else {
      if waiting[receiver] == nil { line.append(receiver) }
      waiting[receiver, default: []].append(job)
      return false
    }
    start(receiver)
    return true
  }

  /// Releases a place.
  ///
  /// - Parameter wasPrompt: Whether the exchange ended soon, however it did.
  /// - Returns: The jobs that may start now.
  mutating func leave(_ receiver: String, wasPrompt: Bool) -> [Job] {
    total -= 1
    running[receiver]! -= 1
    if running[receiver] == 0 { running[receiver] = nil }
    if !wasPrompt {
      prompt.remove(receiver)
    } else if prompt.count < Self.remembered {
      prompt.insert(receiver)
    }
    var next: [Job] = []
    for _ in 0..<line.count {
      let receiver = line.removeFirst()
      while let job = waiting[receiver]?.first, admits(receiver) {
        waiting[receiver]!.removeFirst()
        start(receiver)
        next.append(job)
        if waiting[receiver]!.isEmpty { waiting[receiver] = nil }
      }
      if waiting[receiver] != nil { line.append(receiver) }
      if total >= places { break }
    }
    return next
  }

  private func admits(_ receiver: String) -> Bool {
    let own = running[receiver, default: 0]
    guard own < Self.width, total < places else { return false }
    if prompt.contains(receiver) { return true }
    return total < (own == 0 ? max(1, places * 3 / 4) : places / 2)
  }

  private mutating func start(_ receiver: String) {
    running[receiver, default: 0] += 1
    total += 1
  }
}
