import HTTPServer
import JSON
import Synchronization

/// One agent's session: its revision, the calls that run, and the streams that it may resume.
final class AgentSession: Sendable {
  private struct State {
    /// The calls that run, by the identifiers of their requests.
    var calls: [JSON: AgentCall] = [:]
    /// The streams whose events are kept, oldest first.
    var streams: [AgentStream] = []
    var lastStream = 0
    /// Streams that were opened to hear what the double says by itself: nothing, so far.
    var standing: [ResponseStream] = []
    var isOver = false
  }

  /// The most calls that run at a time.
  static let mostCalls = 64
  /// The most streams whose events are kept after they have ended.
  private static let keptStreams = 2
  /// The most standing streams.
  private static let mostStanding = 4

  /// 128 random bits in hexadecimal digits: whoever knows it may use the session.
  let id: String
  let revision: AgentRevision
  private let kept: KeptBytes
  private let state = Mutex(State())

  /// - Parameter kept: Counts what the streams of all sessions keep.
  init(id: String, revision: AgentRevision, kept: KeptBytes) {
    self.id = id
    self.revision = revision
    self.kept = kept
  }

  /// Whether no call runs.
  var isIdle: Bool { state.withLock { $0.calls.isEmpty } }

  /// Notes that a call begins.
  ///
  /// - Throws: ``AgentError`` −32600 when one with that identifier runs, or too many do.
  func begin(_ id: JSON) throws(AgentError) -> AgentCall {
    let call = AgentCall()
    let refusal: String? = state.withLock { state in
      if state.calls[id] != nil { return "A request with this id is under way." }
      if state.calls.count >= Self.mostCalls {
        return "A session has at most \(Self.mostCalls) requests under way."
      }
      state.calls[id] = call
      return nil
    }
    if let refusal { throw .invalid(refusal, of: id) }
    return call
  }

  func end(_ id: JSON) { state.withLock { $0.calls[id] = nil } }

  /// Ends a call without an answer. One that has ended, or never was, is no error.
  func cancel(_ id: JSON) { state.withLock { $0.calls[id] }?.cancel() }

  // MARK: Streams

  /// Makes the stream of an answer.
  func stream() -> AgentStream {
    state.withLock { state in
      state.lastStream += 1
      let stream = AgentStream(
        number: state.lastStream, numbersBeginning: revision.numbersBeginnings, kept: kept)
      state.streams.append(stream)
      let most = state.calls.count + Self.keptStreams
      if state.streams.count > most { state.streams.removeFirst(state.streams.count - most) }
      return stream
    }
  }

  /// A stream whose events are kept.
  func stream(_ number: Int) -> AgentStream? {
    state.withLock { state in state.streams.first { $0.number == number } }
  }

  /// Forgets the events of the oldest streams while all together have more bytes.
  func boundEvents(to most: Int) {
    state.withLock { state in
      var bytes = state.streams.reduce(0) { $0 + $1.keptBytes }
      for stream in state.streams where bytes > most { bytes -= stream.forgetEvents() }
    }
  }

  /// Forgets a stream that ends without an answer.
  func forget(_ stream: AgentStream) {
    state.withLock { state in state.streams.removeAll { $0 === stream } }
  }

  /// Keeps a standing stream until its client leaves or the session ends.
  func keep(_ output: ResponseStream) {
    let surplus: ResponseStream? = state.withLock { state in
      if state.isOver { return output }
      state.standing.append(output)
      return state.standing.count > Self.mostStanding ? state.standing.removeFirst() : nil
    }
    surplus?.finish()
    output.whenGone { [weak self] in
      self?.state.withLock { state in state.standing.removeAll { $0 === output } }
    }
  }

  /// Ends the session with all that belongs to it.
  func end() {
    let (calls, standing) = state.withLock { state in
      state.isOver = true
      defer { state.standing = [] }
      return (Array(state.calls.values), state.standing)
    }
    for call in calls { call.cancel() }
    for stream in standing { stream.finish() }
  }
}

/// A call under way, which can be cancelled.
final class AgentCall: Sendable {
  private struct State {
    var task: Task<Void, Never>?
    var isCancelled = false
  }

  private let state = Mutex(State())

  /// Whether nobody wants its answer.
  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// The task that performs it.
  func isPerformed(by task: Task<Void, Never>) {
    let isCancelled = state.withLock { state in
      state.task = task
      return state.isCancelled
    }
    if isCancelled { task.cancel() }
  }

  func cancel() {
    let task = state.withLock { state in
      state.isCancelled = true
      return state.task
    }
    task?.cancel()
  }
}
