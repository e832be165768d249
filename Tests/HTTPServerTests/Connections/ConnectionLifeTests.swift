import Testing

@testable import HTTPServer

@Suite("A connection's life")
struct ConnectionLifeTests {
  @Test("pipelined requests are handled one after the other")
  func pipelining() {
    var life = Life()
    #expect(life.receive(Life.get("/1") + Life.get("/2") + Life.get("/3")) == .handle("/1"))
    #expect(life.next() == .wait)
    for path in ["/2", "/3"] {
      #expect(life.answer() == false)
      #expect(life.next() == .wait)
      #expect(life.sent() == .handle(path))
    }
    #expect(life.answer() == false)
    #expect(life.sent() == .wait)
  }

  @Test("a last response is followed by a linger until the peer ends")
  func lastResponse() {
    var life = Life()
    #expect(life.receive(Life.get("/1") + Life.get("/2")) == .handle("/1"))
    #expect(life.answer(closes: true) == true)
    #expect(life.sent() == .linger)
    #expect(life.receive(Life.get("/3")) == .wait)
    #expect(life.state.wantsBytes)
    #expect(life.finish() == .close)
  }

  @Test("a last response closes at once when the peer has finished")
  func lastResponseToFinished() {
    var life = Life()
    #expect(life.receive(Life.get("/")) == .handle("/"))
    #expect(life.finish() == .wait)
    #expect(life.state.wantsBytes == false)
    #expect(life.answer(closes: true) == true)
    #expect(life.sent() == .close)
  }

  @Test("requests before the peer's end are all handled, then the connection closes")
  func halfClosed() {
    var life = Life()
    #expect(life.receive(Life.get("/1") + Life.get("/2")) == .handle("/1"))
    #expect(life.finish() == .wait)
    _ = life.answer()
    #expect(life.sent() == .handle("/2"))
    _ = life.answer()
    #expect(life.sent() == .close)
  }

  @Test("the peer's end between requests closes the connection")
  func endBetweenRequests() {
    var life = Life()
    #expect(life.finish() == .close)
  }

  @Test(
    "the peer's end in the middle of a request is answered",
    arguments: ["G", "GET / HTTP/1.1\r\n", Life.post, Life.post + "a", "\r"])
  func endInRequest(text: String) {
    var life = Life()
    #expect(life.receive(text) == .wait)
    #expect(life.finish() == .refuse(400))
    #expect(life.sent() == .close)
  }

  @Test("after a refusal nothing is read as a request, and nothing is kept")
  func refusal() {
    var life = Life()
    #expect(life.receive("GET / HTTP/1.1\r\n\r\n" + Life.get("/")) == .refuse(400))
    #expect(life.receive(String(repeating: Life.get("/"), count: 20_000)) == .wait)
    #expect(life.state.wantsBytes)
    #expect(life.sent() == .linger)
    #expect(life.receive(Life.get("/")) == .wait)
  }

  @Test("a refusal after good requests comes in its turn")
  func refusalInTurn() {
    var life = Life()
    #expect(life.receive(Life.get("/1") + "\n") == .handle("/1"))
    _ = life.answer()
    #expect(life.sent() == .refuse(400))
    #expect(life.sent() == .linger)
  }

  @Test("a refused HEAD is known as such")
  func refusedHead() {
    var life = Life()
    #expect(life.receive("HEAD / HTTP/1.1\r\n\r\n") == .refuse(400))
    #expect(life.state.isHead)
  }

  @Test("reading pauses when 256 KiB are pipelined, and goes on after them")
  func pausing() {
    var life = Life()
    #expect(life.receive(Life.get("/1")) == .handle("/1"))
    #expect(life.receive(Life.get("/2")) == .wait)
    #expect(life.state.wantsBytes)
    let post = "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n"
    #expect(life.receive(post + String(repeating: "a", count: 300_000)) == .wait)
    #expect(life.state.wantsBytes == false)
    #expect(life.state.isReadingPaused)
    _ = life.answer()
    #expect(life.sent() == .handle("/2"))
    _ = life.answer()
    #expect(life.sent() == .handle("/3"))
    #expect(life.state.wantsBytes)
  }

  @Test("a stop ends an idle connection")
  func stopIdle() {
    var life = Life()
    #expect(life.stop() == .close)
  }

  @Test("a stop lets a request finish and makes its response the last")
  func stopHandling() {
    var life = Life()
    #expect(life.receive(Life.get("/1") + Life.get("/2")) == .handle("/1"))
    #expect(life.stop() == .wait)
    #expect(life.answer() == true)
    #expect(life.sent() == .linger)
  }

  @Test("a stop lets a request that is being received be received and answered")
  func stopReceiving() {
    var life = Life()
    #expect(life.receive(Life.post + "ab") == .wait)
    #expect(life.stop() == .wait)
    #expect(life.receive("cde") == .handle("/p"))
    #expect(life.answer() == true)
  }

  @Test("a stop during a response ends the connection after it")
  func stopSending() {
    var life = Life()
    #expect(life.receive(Life.get("/")) == .handle("/"))
    #expect(life.answer() == false)
    #expect(life.stop() == .wait)
    #expect(life.sent() == .close)
  }

  @Test("a stop leaves a refusal and a linger to their end")
  func stopLingering() {
    var life = Life()
    #expect(life.receive("\n") == .refuse(400))
    #expect(life.stop() == .wait)
    #expect(life.sent() == .linger)
    #expect(life.stop() == .wait)
    #expect(life.finish() == .close)
  }
}
