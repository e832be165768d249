import JSON
import Synchronization

/// The sessions of all agents.
final class AgentSessions: Sendable {
  private struct State {
    /// By their identifiers, with the moment of their last use.
    var sessions: [String: (session: AgentSession, lastUse: Int64)] = [:]
    /// Counts uses: the order is all that matters.
    var uses: Int64 = 0
  }

  /// The most sessions. Beyond it the one that was idle longest ends.
  static let most = 1000

  private let mostKept: (ofOne: Int, ofAll: Int)
  private let kept = KeptBytes()
  private let state = Mutex(State())

  /// - Parameter mostKept: The most bytes of events that are kept for clients that come back: of a
  ///   session, by default some answers of the largest kind, and of all together. Beyond it a
  ///   session forgets its oldest answers, and the session that was idle longest all of them.
  init(mostKept: (ofOne: Int, ofAll: Int) = (1 << 20, 64 << 20)) { self.mostKept = mostKept }

  /// Begins a session.
  ///
  /// - Throws: ``AgentError`` −32603 when as many as may be are at work.
  func begin(_ revision: AgentRevision) throws(AgentError) -> AgentSession {
    // Not from the double's seed: whoever guesses it has the session.
    var generator = SystemRandomNumberGenerator()
    let id = (0..<2).map { _ in
      let digits = String(UInt64.random(in: 0...UInt64.max, using: &generator), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
    let session = AgentSession(id: id, revision: revision, kept: kept)
    let (isFull, dropped): (Bool, AgentSession?) = state.withLock { state in
      var dropped: AgentSession?
      if state.sessions.count >= Self.most {
        let idle = state.sessions.values.filter { $0.session.isIdle }
        guard let oldest = idle.min(by: { $0.lastUse < $1.lastUse })?.session else {
          return (true, nil)
        }
        state.sessions[oldest.id] = nil
        dropped = oldest
      }
      state.uses += 1
      state.sessions[id] = (session, state.uses)
      return (false, dropped)
    }
    dropped?.end()
    if isFull {
      throw AgentError(.internal, "There are \(Self.most) sessions, and all are at work.")
    }
    return session
  }

  /// A session by its identifier; it counts as used.
  func find(_ id: String) -> AgentSession? {
    state.withLock { state in
      guard let session = state.sessions[id]?.session else { return nil }
      state.uses += 1
      state.sessions[id] = (session, state.uses)
      return session
    }
  }

  /// Sends a message on a session's stream, and keeps it as long as there is room.
  func send(_ message: JSON, on stream: AgentStream, of session: AgentSession) {
    stream.send(message)
    session.boundEvents(to: mostKept.ofOne)
    boundEvents()
  }

  private func boundEvents() {
    guard kept.count > mostKept.ofAll else { return }
    let sessions = state.withLock { state in
      state.sessions.values.sorted { $0.lastUse < $1.lastUse }.map(\.session)
    }
    for session in sessions where kept.count > mostKept.ofAll { session.boundEvents(to: 0) }
  }

  func end(_ session: AgentSession) {
    state.withLock { $0.sessions[session.id] = nil }
    session.end()
  }
}
