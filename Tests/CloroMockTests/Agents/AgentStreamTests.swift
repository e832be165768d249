import JSON
import Testing

@testable import CloroMock

/// What is kept of answers for agents that come back is bounded in bytes, whatever there is of
/// sessions, streams and events.
@Suite struct AgentStreamTests {
  private static let (ofOne, ofAll) = (10_000, 40_000)
  private let sessions = AgentSessions(mostKept: (ofOne, ofAll))

  /// A stream with one answer of so many bytes.
  private func answered(_ session: AgentSession, bytes: Int) -> AgentStream {
    let stream = session.stream()
    let text = String(repeating: "x", count: bytes)
    sessions.send(["jsonrpc": "2.0", "id": 1, "result": .string(text)], on: stream, of: session)
    stream.finish()
    return stream
  }

  @Test func anAnswerIsThereForWhoComesBack() throws {
    let session = try sessions.begin(.november2025)
    let stream = answered(session, bytes: 1000)
    #expect(stream.keptBytes > 1000)
    #expect(stream.reaches(1))
    #expect(session.stream(stream.number) === stream)
  }

  @Test func aSessionForgetsItsOldestAnswersFirst() throws {
    let session = try sessions.begin(.november2025)
    let part = Self.ofOne / 2
    let streams = (0..<2).map { _ in answered(session, bytes: part) }
    #expect(streams.map { $0.reaches(1) } == [false, true])
    #expect(streams.reduce(0) { $0 + $1.keptBytes } <= Self.ofOne)
    #expect(!answered(session, bytes: 2 * part).reaches(1))
  }

  @Test func aStreamThatGoesOnReachesItsAnswer() throws {
    let session = try sessions.begin(.november2025)
    let stream = session.stream()
    sessions.send("begun", on: stream, of: session)
    stream.forgetEvents()
    #expect(stream.keptBytes == 0)
    #expect(stream.reaches(1))
    sessions.send("answer", on: stream, of: session)
    stream.finish()
    #expect(stream.reaches(2))
  }

  @Test func theSessionThatWasIdleLongestForgetsFirst() throws {
    let bytes = Self.ofOne - 1000
    let count = Self.ofAll / bytes
    let all = try (0...count).map { _ in try sessions.begin(.november2025) }
    // The first one was used last.
    _ = sessions.find(all[0].id)
    let streams = all.map { answered($0, bytes: bytes) }
    #expect(streams.map { $0.reaches(1) }.filter { !$0 }.count == 1)
    #expect(!streams[1].reaches(1))
  }

  @Test func whatEndsIsNotCounted() throws {
    let bytes = Self.ofOne - 1000
    let count = Self.ofAll / bytes
    for _ in 0..<2 * count {
      let session = try sessions.begin(.november2025)
      _ = answered(session, bytes: bytes)
      sessions.end(session)
    }
    let session = try sessions.begin(.november2025)
    #expect(answered(session, bytes: bytes).reaches(1))
  }
}
