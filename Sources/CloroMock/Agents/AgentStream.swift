import HTTPServer
import JSON
import Synchronization

/// What belongs to one request's answer, as server-sent events: its progress, then its response.
///
/// A client that loses its connection names the last event that it has seen, and gets the others on
/// another one. Losing it cancels nothing. (Model Context Protocol, basic/transports)
final class AgentStream: Sendable {
  private struct State {
    /// The last events, as they are sent.
    var events: [[UInt8]] = []
    /// The number of the first of them.
    var first = 0
    var output: ResponseStream?
    var isFinished = false
  }

  /// The most events that are kept for a client that comes back.
  private static let kept = 64

  let number: Int
  private let state = Mutex(State())

  init(number: Int, numbersBeginning: Bool) {
    self.number = number
    if numbersBeginning { add(Array("id: \(number)-0\ndata:\n\n".utf8)) }
  }

  /// The number of an event: the stream's and its place in it; nil when the text is none.
  static func place(_ text: String) -> (stream: Int, event: Int)? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let stream = Int(parts[0]), let event = Int(parts[1]),
      stream >= 0, event >= 0
    else { return nil }
    return (stream, event)
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

  /// Sends a message, and keeps it.
  func send(_ message: JSON) {
    state.withLock { state in
      guard !state.isFinished else { return }
      let place = state.first + state.events.count
      var bytes = Array("id: \(number)-\(place)\ndata: ".utf8)
      message.write(to: &bytes)
      bytes.append(contentsOf: "\n\n".utf8)
      Self.add(bytes, to: &state)
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

  private func add(_ bytes: [UInt8]) { state.withLock { Self.add(bytes, to: &$0) } }

  private static func add(_ bytes: [UInt8], to state: inout State) {
    state.events.append(bytes)
    guard state.events.count > kept else { return }
    state.events.removeFirst()
    state.first += 1
  }
}
