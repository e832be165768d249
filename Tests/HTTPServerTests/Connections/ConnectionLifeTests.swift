import Testing

@testable import HTTPServer

@Suite("A connection's life")
struct ConnectionLifeTests {
  @Test("pipelined requests are handled one after the other")
  func pipelining() {
    var connection = ConnectionDriver()
    #expect(
      connection.receive(
        ConnectionDriver.get("/1") + ConnectionDriver.get("/2") + ConnectionDriver.get("/3"))
        == .handle("/1"))
    #expect(connection.next() == .wait)
    for path in ["/2", "/3"] {
      #expect(connection.answer() == false)
      #expect(connection.next() == .wait)
      #expect(connection.sent() == .handle(path))
    }
    #expect(connection.answer() == false)
    #expect(connection.sent() == .wait)
  }

  @Test("a last response is followed by a linger until the peer ends")
  func lastResponse() {
    var connection = ConnectionDriver()
    #expect(
      connection.receive(ConnectionDriver.get("/1") + ConnectionDriver.get("/2")) == .handle("/1"))
    #expect(connection.answer(closes: true) == true)
    #expect(connection.sent() == .linger)
    #expect(connection.receive(ConnectionDriver.get("/3")) == .wait)
    #expect(connection.state.wantsBytes)
    #expect(connection.finish() == .close)
  }

  @Test("a last response closes at once when the peer has finished")
  func lastResponseToFinished() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/")) == .handle("/"))
    #expect(connection.finish() == .wait)
    #expect(connection.state.wantsBytes == false)
    #expect(connection.answer(closes: true) == true)
    #expect(connection.sent() == .close)
  }

  @Test("requests before the peer's end are all handled, then the connection closes")
  func halfClosed() {
    var connection = ConnectionDriver()
    #expect(
      connection.receive(ConnectionDriver.get("/1") + ConnectionDriver.get("/2")) == .handle("/1"))
    #expect(connection.finish() == .wait)
    _ = connection.answer()
    #expect(connection.sent() == .handle("/2"))
    _ = connection.answer()
    #expect(connection.sent() == .close)
  }

  @Test("the peer's end between requests closes the connection")
  func endBetweenRequests() {
    var connection = ConnectionDriver()
    #expect(connection.finish() == .close)
  }

  @Test(
    "the peer's end in the middle of a request is answered",
    arguments: [
      "G", "GET / HTTP/1.1\r\n", ConnectionDriver.post, ConnectionDriver.post + "a", "\r",
    ])
  func endInRequest(text: String) {
    var connection = ConnectionDriver()
    #expect(connection.receive(text) == .wait)
    #expect(connection.finish() == .refuse(400))
    #expect(connection.sent() == .close)
  }

  @Test("after a refusal nothing is read as a request, and nothing is kept")
  func refusal() {
    var connection = ConnectionDriver()
    #expect(
      connection.receive("GET / HTTP/1.1\r\n\r\n" + ConnectionDriver.get("/")) == .refuse(400))
    #expect(
      connection.receive(String(repeating: ConnectionDriver.get("/"), count: 20_000)) == .wait)
    #expect(connection.state.wantsBytes)
    #expect(connection.sent() == .linger)
    #expect(connection.receive(ConnectionDriver.get("/")) == .wait)
  }

  @Test("a refusal after good requests comes in its turn")
  func refusalInTurn() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/1") + "\n") == .handle("/1"))
    _ = connection.answer()
    #expect(connection.sent() == .refuse(400))
    #expect(connection.sent() == .linger)
  }

  @Test("a refused HEAD is known as such")
  func refusedHead() {
    var connection = ConnectionDriver()
    #expect(connection.receive("HEAD / HTTP/1.1\r\n\r\n") == .refuse(400))
    #expect(connection.state.isHead)
  }

  @Test("reading pauses when 256 KiB are pipelined, and goes on after them")
  func pausing() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/1")) == .handle("/1"))
    #expect(connection.receive(ConnectionDriver.get("/2")) == .wait)
    #expect(connection.state.wantsBytes)
    let post = "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n"
    #expect(connection.receive(post + String(repeating: "a", count: 300_000)) == .wait)
    #expect(connection.state.wantsBytes == false)
    #expect(connection.state.isReadingPaused)
    _ = connection.answer()
    #expect(connection.sent() == .handle("/2"))
    _ = connection.answer()
    #expect(connection.sent() == .handle("/3"))
    #expect(connection.state.wantsBytes)
  }

  @Test("a stop ends an idle connection")
  func stopIdle() {
    var connection = ConnectionDriver()
    #expect(connection.stop() == .close)
  }

  @Test("a stop lets a request finish and makes its response the last")
  func stopHandling() {
    var connection = ConnectionDriver()
    #expect(
      connection.receive(ConnectionDriver.get("/1") + ConnectionDriver.get("/2")) == .handle("/1"))
    #expect(connection.stop() == .wait)
    #expect(connection.answer() == true)
    #expect(connection.sent() == .linger)
  }

  @Test("a stop lets a request that is being received be received and answered")
  func stopReceiving() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.post + "ab") == .wait)
    #expect(connection.stop() == .wait)
    #expect(connection.receive("cde") == .handle("/p"))
    #expect(connection.answer() == true)
  }

  @Test("a stop during a response ends the connection after it")
  func stopSending() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/")) == .handle("/"))
    #expect(connection.answer() == false)
    #expect(connection.stop() == .wait)
    #expect(connection.sent() == .close)
  }

  @Test("a stop leaves a refusal and a linger to their end")
  func stopLingering() {
    var connection = ConnectionDriver()
    #expect(connection.receive("\n") == .refuse(400))
    #expect(connection.stop() == .wait)
    #expect(connection.sent() == .linger)
    #expect(connection.stop() == .wait)
    #expect(connection.finish() == .close)
  }
}
