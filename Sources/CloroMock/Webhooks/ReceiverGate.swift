import DequeModule

/// Decides which attempts may be under way: so many to one receiver, and so many to all. Those of a
/// receiver come in order. A pure value.
///
/// A receiver that doesn't answer holds up itself alone. Of the places for all, a quarter is for
/// receivers whose last exchange ended soon, and a further quarter for those that answered late,
/// and for the first attempt to each of those that were not heard of yet. So those that are dead
/// leave room to those that aren't. When there are more of them than places, a receiver that is new
/// or has answered comes first as soon as a place is free.
struct ReceiverGate<Job: Sendable>: Sendable {
  /// How the last exchange with a receiver ended.
  enum Ending: Sendable {
    /// Soon, be it with an answer or because nobody is there.
    case prompt
    /// With an answer, but late, as from whom has much to do.
    case late
    /// Without an answer, after a long wait.
    case silent
  }

  /// The most attempts under way to one receiver.
  static var width: Int { 8 }
  /// How many receivers are remembered.
  private static var remembered: Int { 4096 }

  /// The most attempts under way to all receivers.
  let places: Int
  private var total = 0
  private var running: [String: Int] = [:]
  private var waiting: [String: Deque<Job>] = [:]
  /// The receivers for which jobs wait, in the order in which they are asked.
  private var line: Deque<String> = []
  /// How the last exchange with each receiver ended. New ones aren't there.
  private var endings: [String: Ending] = [:]

  /// - Parameter places: 1 or more.
  init(places: Int) { self.places = places }

  /// Takes a place, or queues the job.
  ///
  /// - Returns: Whether the job may start now.
  mutating func enter(_ receiver: String, _ job: Job) -> Bool {
    guard waiting[receiver] == nil, admits(receiver) else {
      if waiting[receiver] == nil { queue(receiver) }
      waiting[receiver, default: []].append(job)
      return false
    }
    start(receiver)
    return true
  }

  /// Whether jobs for a receiver wait.
  func isAwaited(_ receiver: String) -> Bool { waiting[receiver] != nil }

  /// Releases a place.
  ///
  /// - Returns: The jobs that may start now.
  mutating func leave(_ receiver: String, _ ending: Ending) -> [Job] {
    total -= 1
    running[receiver]! -= 1
    if running[receiver] == 0 { running[receiver] = nil }
    if endings[receiver] != nil || endings.count < Self.remembered {
      endings[receiver] = ending
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
    }
    return next
  }

  /// A receiver that is new or has answered is asked before the others, the latest first: those
  /// that don't answer may be many.
  private mutating func queue(_ receiver: String) {
    let comesFirst =
      switch endings[receiver] {
      case .prompt, .late: true
      case nil: running[receiver] == nil
      case .silent: false
      }
    if comesFirst { line.prepend(receiver) } else { line.append(receiver) }
  }

  private func admits(_ receiver: String) -> Bool {
    let own = running[receiver, default: 0]
    guard own < Self.width, total < places else { return false }
    switch endings[receiver] {
    case .prompt: return true
    case .late: return total < max(1, places * 3 / 4)
    case nil where own == 0: return total < max(1, places * 3 / 4)
    case nil, .silent: return total < max(1, places / 2)
    }
  }

  private mutating func start(_ receiver: String) {
    running[receiver, default: 0] += 1
    total += 1
  }
}
