import Testing

@testable import HTTPServer

@Suite("A connection's life under a stream")
struct StreamLifeTests {
  /// A connection whose stream has begun and has nothing to send at the moment.
  private static func streaming(
    _ text: String = Life.get("/1"), closes: Bool = false, isEndless: Bool
  ) -> Life {
    var life = Life()
    #expect(life.receive(text) == .handle("/1"))
    #expect(life.stream(closes: closes, isEndless: isEndless) == closes)
    #expect(life.pieceSent() == .wait)
    return life
  }

  @Test("pipelined requests wait until it is finished", arguments: [true, false])
  func pipelining(isEndless: Bool) {
    var life = Self.streaming(Life.get("/1") + Life.get("/2"), isEndless: isEndless)
    #expect(life.next() == .wait)
    #expect(life.receive(Life.get("/3")) == .wait)
    life.startPiece()
    #expect(life.pieceSent() == .wait)
    life.finishStream()
    #expect(life.next() == .wait)
    #expect(life.sent() == .handle("/2"))
    #expect(life.answer() == false)
    #expect(life.sent() == .handle("/3"))
  }

  @Test("its pieces end with it")
  func pieces() {
    var life = Self.streaming(isEndless: false)
    #expect(life.state.isStreaming)
    life.finishStream()
    #expect(!life.state.isStreaming)
    _ = life.sent()
    #expect(!life.state.isStreaming)
  }

  @Test("nothing that follows a last stream is read as a request, and nothing is kept")
  func lastStream() {
    var life = Self.streaming(Life.get("/1") + Life.get("/2"), closes: true, isEndless: false)
    #expect(life.receive(String(repeating: Life.get("/"), count: 20_000)) == .wait)
    #expect(life.state.wantsBytes)
    life.finishStream()
    #expect(life.sent() == .linger)
    #expect(life.finish() == .close)
  }

  @Test("reading pauses when 256 KiB are pipelined")
  func pausing() {
    var life = Self.streaming(isEndless: true)
    #expect(life.receive(String(repeating: "A", count: 300_000)) == .wait)
    #expect(!life.state.wantsBytes)
    #expect(life.state.isReadingPaused)
  }

  // MARK: Deadlines

  @Test("it may be silent for any time", arguments: [true, false])
  func silence(isEndless: Bool) {
    var life = Self.streaming(isEndless: isEndless)
    #expect(life.wait(1_000_000) == .wait)
    life.startPiece()
    #expect(life.wait(29.9) == .wait)
    #expect(life.pieceSent() == .wait)
    #expect(life.wait(1_000_000) == .wait)
  }

  @Test("bytes that aren't taken for 30 seconds end in a reset")
  func write() {
    var life = Self.streaming(isEndless: true)
    #expect(life.wait(1000) == .wait)
    life.startPiece()
    #expect(life.wait(29.9) == .wait)
    life.advanced()
    #expect(life.wait(29.9) == .wait)
    #expect(life.wait(0.1) == .reset)
  }

  @Test("an end that isn't taken for 30 seconds ends in a reset")
  func writeEnd() {
    var life = Self.streaming(isEndless: false)
    #expect(life.wait(1000) == .wait)
    life.finishStream()
    #expect(life.wait(29.9) == .wait)
    #expect(life.wait(0.1) == .reset)
  }

  // MARK: The peer's end

  @Test("the peer's end ends an endless stream, and requests before it are handled")
  func endlessToFinished() {
    var life = Self.streaming(Life.get("/1") + Life.get("/2"), isEndless: true)
    #expect(life.finish() == .endStream)
    #expect(life.next() == .wait)
    #expect(life.sent() == .handle("/2"))
    _ = life.answer()
    #expect(life.sent() == .close)
  }

  @Test("the peer's end waits for the bytes that it has still to take")
  func endlessBlocked() {
    var life = Self.streaming(isEndless: true)
    life.startPiece()
    #expect(life.finish() == .wait)
    #expect(life.pieceSent() == .endStream)
    #expect(life.wait(29.9) == .wait)
    #expect(life.wait(0.1) == .reset)
  }

  @Test("an endless stream to a peer that has finished before ends after its head")
  func endlessTooLate() {
    var life = Life()
    #expect(life.receive(Life.get("/1")) == .handle("/1"))
    #expect(life.finish() == .wait)
    #expect(life.stream(isEndless: true) == false)
    #expect(life.pieceSent() == .endStream)
    #expect(life.sent() == .close)
  }

  @Test("the peer's end behind unread bytes ends an endless stream alone")
  func endSeen() {
    var life = Self.streaming(isEndless: true)
    #expect(life.seeEnd() == .endStream)
    var other = Self.streaming(isEndless: false)
    #expect(other.seeEnd() == .wait)
    #expect(other.state.isStreaming)
  }

  @Test("another stream goes on after the peer's end, until it is finished")
  func finiteToFinished() {
    var life = Self.streaming(isEndless: false)
    #expect(life.finish() == .wait)
    life.startPiece()
    #expect(life.pieceSent() == .wait)
    life.finishStream()
    #expect(life.sent() == .close)
  }

  // MARK: The server's stop

  @Test("a stop ends an endless stream at once", arguments: [true, false])
  func stopEndless(closes: Bool) {
    var life = Self.streaming(closes: closes, isEndless: true)
    #expect(life.stop() == .endStream)
    #expect(life.sent() == .close)
  }

  @Test("a stop waits neither for bytes nor for an end that an endless stream's peer doesn't take")
  func stopBlocked() {
    var life = Self.streaming(isEndless: true)
    life.startPiece()
    #expect(life.stop() == .reset)
    var quiet = Self.streaming(isEndless: true)
    #expect(quiet.stop() == .endStream)
    #expect(quiet.wait(0) == .reset)
  }

  @Test("an endless stream that begins after the stop ends after its head")
  func endlessAfterStop() {
    var life = Life()
    #expect(life.receive(Life.get("/1")) == .handle("/1"))
    #expect(life.stop() == .wait)
    #expect(life.stream(isEndless: true) == true)
    #expect(life.pieceSent() == .endStream)
    #expect(life.sent() == .close)
  }

  @Test("a request behind an endless stream that a stop has ended is answered with a linger")
  func stopPipelined() {
    var life = Self.streaming(Life.get("/1") + Life.get("/2"), isEndless: true)
    #expect(life.stop() == .endStream)
    #expect(life.sent() == .handle("/2"))
    #expect(life.answer() == true)
    #expect(life.sent() == .linger)
  }

  @Test("a stop lets another stream finish")
  func stopFinite() {
    var life = Self.streaming(isEndless: false)
    #expect(life.stop() == .wait)
    life.startPiece()
    #expect(life.pieceSent() == .wait)
    life.finishStream()
    #expect(life.sent() == .close)
  }
}
