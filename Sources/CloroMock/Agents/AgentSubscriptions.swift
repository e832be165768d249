import HTTPServer
import JSON
import Platform
import Synchronization

/// Streams of `subscriptions/listen`, on which agents wait to hear that tools or resources have
/// changed.
///
/// Neither changes while a double runs, so none of the notifications that a client may ask for is
/// promised, and the capabilities announce none. The stream stands all the same, as every server
/// has it, until its client leaves or the double stops. (2026-07-28, basic/patterns/subscriptions)
final class AgentSubscriptions: Sendable {
  static let method = "subscriptions/listen"

  /// The most streams, of all agents together.
  static let most = 250
  /// The time between two comments, which keep a silent connection from being closed, in
  /// nanoseconds.
  private static let pause: Int64 = 5_000_000_000
  private static let id = "io.modelcontextprotocol/subscriptionId"

  private struct State {
    /// The numbers of the streams that stand.
    var standing: Set<Int> = []
    var last = 0
  }

  private let queue: SerialQueue
  private let state = Mutex(State())

  init(queue: SerialQueue) { self.queue = queue }

  /// Begins a stream.
  ///
  /// - Throws: ``AgentError`` −32602 for a wrong filter, −32603 when there are too many.
  func begin(_ id: JSON, _ params: JSONObject, _ responder: Responder) throws(AgentError) {
    try check(params["notifications"])
    let number: Int? = state.withLock { state in
      guard state.standing.count < Self.most else { return nil }
      state.last += 1
      state.standing.insert(state.last)
      return state.last
    }
    guard let number else {
      throw AgentError(.internal, "There are \(Self.most) subscriptions.")
    }
    var head = AgentTransport.eventsHead
    head.body = AgentTransport.event([
      "jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
      "params": ["_meta": [Self.id: id], "notifications": [:]],
    ])
    let stream = responder.stream(head, isEndless: true)
    stream.whenGone { [weak self] in
      self?.state.withLock { state in _ = state.standing.remove(number) }
    }
    keepAlive(stream, number)
  }

  /// - Throws: ``AgentError`` −32602 for what is no filter of notifications.
  private func check(_ filter: JSON?) throws(AgentError) {
    guard let filter = filter?.object else {
      throw AgentError(
        .params, "notifications: expected an object, found \(filter?.typeName ?? "nothing")")
    }
    for name in ["toolsListChanged", "promptsListChanged", "resourcesListChanged"] {
      guard let value = filter[name], value.bool == nil else { continue }
      throw AgentError(
        .params, "notifications.\(name): expected a boolean, found \(value.typeName)")
    }
    guard let resources = filter["resourceSubscriptions"] else { return }
    guard resources.array?.allSatisfy({ $0.string != nil }) == true else {
      throw AgentError(.params, "notifications.resourceSubscriptions: expected a list of strings")
    }
  }

  private func keepAlive(_ stream: ResponseStream, _ number: Int) {
    queue.after(Self.pause) { [weak self] in
      guard let self, state.withLock({ $0.standing.contains(number) }) else { return }
      stream.send(Array(":\n\n".utf8))
      keepAlive(stream, number)
    }
  }
}
