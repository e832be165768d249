import Testing

@testable import HTTPServer

@Suite("A connection's life under a stream")
struct StreamLifeTests {
  /// A connection whose stream has begun and has nothing to send at the moment.
  private static func streaming(
    _ text: String = ConnectionDriver.get("/1"), closes: Bool = false, isEndless: Bool
  ) -> ConnectionDriver {
    var connection = ConnectionDriver()
    #expect(connection.receive(text) == .handle("/1"))
    #expect(connection.stream(closes: closes, isEndless: isEndless) == closes)
    #expect(connection.pieceSent() == .wait)
    return connection
  }

  @Test("pipelined requests wait until it is finished", arguments: [true, false])
  func pipelining(isEndless: Bool) {
    var connection = Self.streaming(
      ConnectionDriver.get("/1") + ConnectionDriver.get("/2"), isEndless: isEndless)
    #expect(connection.next() == .wait)
    #expect(connection.receive(ConnectionDriver.get("/3")) == .wait)
    connection.startPiece()
    #expect(connection.pieceSent() == .wait)
    connection.finishStream()
    #expect(connection.next() == .wait)
    #expect(connection.sent() == .handle("/2"))
    #expect(connection.answer() == false)
    #expect(connection.sent() == .handle("/3"))
  }

  @Test("its pieces end with it")
  func pieces() {
    var connection = Self.streaming(isEndless: false)
    #expect(connection.state.isStreaming)
    connection.finishStream()
    #expect(!connection.state.isStreaming)
    _ = connection.sent()
    #expect(!connection.state.isStreaming)
  }

  @Test("nothing that follows a last stream is read as a request, and nothing is kept")
  func lastStream() {
    var connection = Self.streaming(
      ConnectionDriver.get("/1") + ConnectionDriver.get("/2"), closes: true, isEndless: false)
    #expect(
      connection.receive(String(repeating: ConnectionDriver.get("/"), count: 20_000)) == .wait)
    #expect(connection.state.wantsBytes)
    connection.finishStream()
    #expect(connection.sent() == .linger)
    #expect(connection.finish() == .close)
  }

  @Test("reading pauses when 256 KiB are pipelined")
  func pausing() {
    var connection = Self.streaming(isEndless: true)
    #expect(connection.receive(String(repeating: "A", count: 300_000)) == .wait)
    #expect(!connection.state.wantsBytes)
    #expect(connection.state.isReadingPaused)
  }

  // MARK: Deadlines

  @Test("it may be silent for any time", arguments: [true, false])
  func silence(isEndless: Bool) {
    var connection = Self.streaming(isEndless: isEndless)
    #expect(connection.wait(1_000_000) == .wait)
    connection.startPiece()
    #expect(connection.wait(29.9) == .wait)
    #expect(connection.pieceSent() == .wait)
    #expect(connection.wait(1_000_000) == .wait)
  }

  @Test("bytes that aren't taken for 30 seconds end in a reset")
  func write() {
    var connection = Self.streaming(isEndless: true)
    #expect(connection.wait(1000) == .wait)
    connection.startPiece()
    #expect(connection.wait(29.9) == .wait)
    connection.advanced()
    #expect(connection.wait(29.9) == .wait)
    #expect(connection.wait(0.1) == .reset)
  }

  @Test("an end that isn't taken for 30 seconds ends in a reset")
  func writeEnd() {
    var connection = Self.streaming(isEndless: false)
    #expect(connection.wait(1000) == .wait)
    connection.finishStream()
    #expect(connection.wait(29.9) == .wait)
    #expect(connection.wait(0.1) == .reset)
  }

  // MARK: The peer's end

  @Test("the peer's end ends an endless stream, and requests before it are handled")
  func endlessToFinished() {
    var connection = Self.streaming(
      ConnectionDriver.get("/1") + ConnectionDriver.get("/2"), isEndless: true)
    #expect(connection.finish() == .endStream)
    #expect(connection.next() == .wait)
    #expect(connection.sent() == .handle("/2"))
    _ = connection.answer()
    #expect(connection.sent() == .close)
  }

  @Test("the peer's end waits for the bytes that it has still to take")
  func endlessBlocked() {
    var connection = Self.streaming(isEndless: true)
    connection.startPiece()
    #expect(connection.finish() == .wait)
    #expect(connection.pieceSent() == .endStream)
    #expect(connection.wait(29.9) == .wait)
    #expect(connection.wait(0.1) == .reset)
  }

  @Test("an endless stream to a peer that has finished before ends after its head")
  func endlessTooLate() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/1")) == .handle("/1"))
    #expect(connection.finish() == .wait)
    #expect(connection.stream(isEndless: true) == false)
    #expect(connection.pieceSent() == .endStream)
    #expect(connection.sent() == .close)
  }

  @Test("the peer's end behind unread bytes ends an endless stream alone")
  func endSeen() {
    var connection = Self.streaming(isEndless: true)
    #expect(connection.seeEnd() == .endStream)
    var other = Self.streaming(isEndless: false)
    #expect(other.seeEnd() == .wait)
    #expect(other.state.isStreaming)
  }

  @Test("another stream goes on after the peer's end, until it is finished")
  func finiteToFinished() {
    var connection = Self.streaming(isEndless: false)
    #expect(connection.finish() == .wait)
    connection.startPiece()
    #expect(connection.pieceSent() == .wait)
    connection.finishStream()
    #expect(connection.sent() == .close)
  }

  // MARK: The server's stop

  @Test("a stop ends an endless stream at once", arguments: [true, false])
  func stopEndless(closes: Bool) {
    var connection = Self.streaming(closes: closes, isEndless: true)
    #expect(connection.stop() == .endStream)
    #expect(connection.sent() == .close)
  }

  @Test("a stop waits neither for bytes nor for an end that an endless stream's peer doesn't take")
  func stopBlocked() {
    var connection = Self.streaming(isEndless: true)
    connection.startPiece()
    #expect(connection.stop() == .reset)
    var quiet = Self.streaming(isEndless: true)
    #expect(quiet.stop() == .endStream)
    #expect(quiet.wait(0) == .reset)
  }

  @Test("an endless stream that begins after the stop ends after its head")
  func endlessAfterStop() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/1")) == .handle("/1"))
    #expect(connection.stop() == .wait)
    #expect(connection.stream(isEndless: true) == true)
    #expect(connection.pieceSent() == .endStream)
    #expect(connection.sent() == .close)
  }

  @Test("a request behind an endless stream that a stop has ended is answered with a linger")
  func stopPipelined() {
    var connection = Self.streaming(
      ConnectionDriver.get("/1") + ConnectionDriver.get("/2"), isEndless: true)
    #expect(connection.stop() == .endStream)
    #expect(connection.sent() == .handle("/2"))
    #expect(connection.answer() == true)
    #expect(connection.sent() == .linger)
  }

  @Test("a stop lets another stream finish")
  func stopFinite() {
    var connection = Self.streaming(isEndless: false)
    #expect(connection.stop() == .wait)
    connection.startPiece()
    #expect(connection.pieceSent() == .wait)
    connection.finishStream()
    #expect(connection.sent() == .close)
  }
}
