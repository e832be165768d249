import CloroContract
import JSON
import Testing

@testable import CloroMock

/// What answers a question: recordings in their order, of which the last stays.
@Suite struct ReplayTests {
  private func file(_ name: String, _ change: (inout Recording) -> Void) -> RecordingFolder.File {
    var recording = RecordingTests.recording
    change(&recording)
    return RecordingFolder.File(name: name, recording: recording)
  }

  private let key = RecordingKey(
    MonitorRequest(provider: .chatgpt, question: "Which brands?"), in: .july2026)

  @Test func theLastAnswerStays() {
    let files = [file("a") { _ in }, file("b") { $0.mode = .async }]
    let replay = Replay(files, onMiss: .generate, chargesRecorded: false)
    var turns = Replay.Turns()
    #expect(replay.coming(key, turns)?.name == "a")
    #expect((0..<4).map { _ in replay.next(key, &turns)?.name } == ["a", "b", "b", "b"])
    var other = Replay.Turns()
    #expect(replay.next(key, &other)?.name == "a")
  }

  @Test func onlyResultsAnswer() {
    let failed = file("a") { ($0.status, $0.answer) = (500, .error(Array("{}".utf8))) }
    let replay = Replay([failed], onMiss: .fail, chargesRecorded: false)
    #expect(replay.coming(key, Replay.Turns()) == nil)
    #expect(replay.failsOnMiss)
  }

  @Test func recordedCreditsCountWhereTheyAreAskedFor() {
    for (asked, credits) in [(false, nil), (true, 7)] as [(Bool, Int64?)] {
      let replay = Replay([file("a") { _ in }], onMiss: .generate, chargesRecorded: asked)
      #expect(replay.coming(key, Replay.Turns())?.credits == credits)
    }
  }
}
