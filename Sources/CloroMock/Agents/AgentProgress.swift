import JSON
import Platform
import Synchronization

/// Tells an agent how far a call that waits has come, as long as it runs.
final class AgentProgress: Sendable {
  /// How far the work has come, of how much.
  struct Measure: Sendable {
    let done: Double
    let total: Double
  }

  /// The time between two reports, in nanoseconds.
  private static let pause: Int64 = 500_000_000

  private let token: JSON
  private let queue: SerialQueue
  private let send: @Sendable (JSON) -> Void
  /// The last number that was told, which has to grow; nil when no more is to be told.
  private let last = Mutex<Double?>(-1)

  /// An agent's name for a call: a text or a whole number; nil when it wants to hear nothing.
  static func token(_ params: JSONObject) -> JSON? {
    guard let token = params["_meta"]?["progressToken"],
      token.string != nil || token.integer != nil
    else { return nil }
    return token
  }

  /// - Parameters:
  ///   - token: The agent's name for the call.
  ///   - queue: Where the time is waited for.
  ///   - send: Sends a message.
  init(token: JSON, queue: SerialQueue, send: @escaping @Sendable (JSON) -> Void) {
    self.token = token
    self.queue = queue
    self.send = send
  }

  /// Reports now, and again until the end.
  func begin(_ measure: @escaping @Sendable () -> Measure) {
    guard tell(measure()) else { return }
    queue.after(Self.pause) { [self] in begin(measure) }
  }

  /// Reports that all is done.
  func end(_ measure: Measure) {
    _ = tell(Measure(done: measure.total, total: measure.total))
    last.withLock { $0 = nil }
  }

  /// - Returns: Whether more may follow.
  private func tell(_ measure: Measure) -> Bool {
    last.withLock { last in
      guard let before = last else { return false }
      guard measure.done > before else { return true }
      last = measure.done
      send([
        "jsonrpc": "2.0", "method": "notifications/progress",
        "params": [
          "progressToken": token, "progress": .decimal(measure.done),
          "total": .decimal(measure.total),
        ],
      ])
      return true
    }
  }
}
