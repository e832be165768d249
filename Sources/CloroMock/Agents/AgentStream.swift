import HTTPServer
import JSON
import Synchronization

/// What belongs to one request's answer, as server-sent events: its progress, then its response.
///
/// A client that loses its connection names the last event that it has seen, and gets the others on
/// another one. Losing it cancels nothing. (Model Context Protocol 2025-11-25, basic/transports)
final class AgentStream: Sendable {
  private struct State {
    /// The last events, as they are sent.
    var events: [[UInt8]] = []
    /// The number of the first of them.
    var first = 0
    /// Their size together.
    var bytes = 0
    var output: ResponseStream?
    var isFinished = false
  }

  /// The most events that are kept for a client that comes back.
  private static let most = 64

  let number: Int
  private let kept: KeptBytes
  private let state = Mutex(State())

  /// - Parameter kept: Counts what all streams keep.
  init(number: Int, numbersBeginning: Bool, kept: KeptBytes) {
    self.number = number
    self.kept = kept
    if numbersBeginning { add(Array("id: \(number)-0\ndata:\n\n".utf8)) }
  }

  deinit { kept.change(by: -keptBytes) }

  /// The size of the events that are kept.
  var keptBytes: Int { state.withLock { $0.bytes } }

  /// The number of an event: the stream's and its place in it; nil when the text is none.
  static func place(_ text: String) -> (stream: Int, event: Int)? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let stream = Int(parts[0]), let event = Int(parts[1]),
      stream >= 0, event >= 0
    else { return nil }
    return (stream, event)
  }

  /// Whether a client that comes back can still get its answer.
  func reaches(_ event: Int) -> Bool {
    state.withLock { state in
      !state.isFinished || !state.events.isEmpty || event >= state.first
    }
  }

  /// Sends the events from a place on, and those that come, to a client.
  func attach(_ output: ResponseStream, from event: Int) {
    // Sent under the lock, so that events arrive in order. Nothing of the stream comes back here.
    state.withLock { state in
      for bytes in state.events.dropFirst(max(0, event - state.first)) { output.send(bytes) }
      state.output = output
      if state.isFinished { output.finish() }
    }
  }

  /// Forgets all events; those that come are kept again.
  ///
  /// - Returns: Their size.
  @discardableResult
  func forgetEvents() -> Int {
    state.withLock { state in
      let bytes = state.bytes
      state.first += state.events.count
      (state.events, state.bytes) = ([], 0)
      kept.change(by: -bytes)
      return bytes
    }
  }

  /// Sends a message, and keeps it.
  func send(_ message: JSON) {
    state.withLock { state in
      guard !state.isFinished else { return }
      let place = state.first + state.events.count
      let bytes = AgentTransport.event(message, id: "\(number)-\(place)")
      add(bytes, to: &state)
      state.output?.send(bytes)
    }
  }

  /// Ends the stream.
  func finish() {
    state.withLock { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      state.output?.finish()
      state.output = nil
    }
  }

  private func add(_ bytes: [UInt8]) { state.withLock { add(bytes, to: &$0) } }

  private func add(_ bytes: [UInt8], to state: inout State) {
    state.events.append(bytes)
    var change = bytes.count
    if state.events.count > Self.most {
      change -= state.events.removeFirst().count
      state.first += 1
    }
    state.bytes += change
    kept.change(by: change)
  }
}

/// Counts the bytes that streams keep for clients that come back.
final class KeptBytes: Sendable {
  private let total = Atomic(0)

  var count: Int { total.load(ordering: .relaxed) }

  fileprivate func change(by bytes: Int) { total.add(bytes, ordering: .relaxed) }
}
