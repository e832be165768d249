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

  private let state = Mutex(State())

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
    let session = AgentSession(id: id, revision: revision)
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

  func end(_ session: AgentSession) {
    state.withLock { $0.sessions[session.id] = nil }
    session.end()
  }
}
