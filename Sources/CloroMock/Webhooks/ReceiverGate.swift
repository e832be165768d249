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

  /// What is known of a receiver.
  private struct Lane: Sendable {
    /// How many attempts are under way.
    var running = 0
    var waiting: Deque<Job> = []
    /// How the last exchange ended; nil as long as it was not heard of.
    var ending: Ending?

    /// Whether one more attempt may start.
    ///
    /// - Parameter total: How many are under way to all receivers.
    func admits(_ total: Int, of places: Int) -> Bool {
      guard running < ReceiverGate.width, total < places else { return false }
      switch ending {
      case .prompt: return true
      case .late: return total < max(1, places * 3 / 4)
      case nil where running == 0: return total < max(1, places * 3 / 4)
      case nil, .silent: return total < max(1, places / 2)
      }
    }

    /// Whether it is asked before the others, the latest first: those that don't answer may be
    /// many.
    var comesFirst: Bool {
      switch ending {
      case .prompt, .late: true
      case nil: running == 0
      case .silent: false
      }
    }

    /// Takes the waiting jobs that may start.
    ///
    /// - Returns: Whether others still wait.
    mutating func start(_ jobs: inout [Job], _ total: inout Int, of places: Int) -> Bool {
      while !waiting.isEmpty, admits(total, of: places) {
        jobs.append(waiting.removeFirst())
        running += 1
        total += 1
      }
      // The memory of a long line isn't kept.
      if waiting.isEmpty { waiting = [] }
      return !waiting.isEmpty
    }
  }

  /// The most attempts under way to all receivers.
  let places: Int
  private var total = 0
  private var lanes: [String: Lane] = [:]
  /// How many of them have been heard of.
  private var heard = 0
  /// The receivers for which jobs wait, in the order in which they are asked.
  private var line: Deque<String> = []

  /// - Parameter places: 1 or more.
  init(places: Int) { self.places = places }

  /// Takes a place, or queues the job.
  ///
  /// - Returns: Whether the job may start now.
  mutating func enter(_ receiver: String, _ job: Job) -> Bool {
    let (total, places) = (total, places)
    let (starts, comesFirst) = change(receiver) { lane -> (Bool, Bool?) in
      if lane.waiting.isEmpty, lane.admits(total, of: places) {
        lane.running += 1
        return (true, nil)
      }
      lane.waiting.append(job)
      return (false, lane.waiting.count == 1 ? lane.comesFirst : nil)
    }
    if starts { self.total += 1 }
    if let comesFirst { if comesFirst { line.prepend(receiver) } else { line.append(receiver) } }
    return starts
  }

  /// Whether jobs for a receiver wait.
  func isAwaited(_ receiver: String) -> Bool { lanes[receiver]?.waiting.isEmpty == false }

  /// Releases a place.
  ///
  /// - Returns: The jobs that may start now.
  mutating func leave(_ receiver: String, _ ending: Ending) -> [Job] {
    total -= 1
    let isRemembered = heard < Self.remembered
    let (isNew, isOver) = change(receiver) { lane in
      lane.running -= 1
      let isNew = lane.ending == nil && isRemembered
      if isNew || lane.ending != nil { lane.ending = ending }
      return (isNew, lane.ending == nil && lane.running == 0 && lane.waiting.isEmpty)
    }
    if isNew { heard += 1 }
    if isOver { lanes[receiver] = nil }
    var next: [Job] = []
    let places = places
    var total = total
    for _ in 0..<line.count {
      let receiver = line.removeFirst()
      if change(receiver, { $0.start(&next, &total, of: places) }) { line.append(receiver) }
    }
    self.total = total
    return next
  }

  private mutating func change<Result>(
    _ receiver: String, _ change: (inout Lane) -> Result
  ) -> Result {
    change(&lanes[receiver, default: Lane()])
  }
}
