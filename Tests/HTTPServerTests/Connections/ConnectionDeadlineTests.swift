import Testing

@testable import HTTPServer

@Suite("A connection's deadlines")
struct ConnectionDeadlineTests {
  @Test("a new connection is closed after 75 seconds of silence")
  func idle() {
    var life = Life()
    #expect(life.wait(74.9) == .wait)
    #expect(life.wait(0.1) == .close)
    #expect(life.wait(100) == .close)
  }

  @Test("a kept-alive connection is closed 75 seconds after its last response")
  func idleAfterResponse() {
    var life = Life()
    #expect(life.receive(Life.get("/")) == .handle("/"))
    #expect(life.wait(1000) == .wait)
    #expect(life.answer() == false)
    #expect(life.sent() == .wait)
    #expect(life.wait(74.9) == .wait)
    #expect(life.wait(0.1) == .close)
  }

  @Test("a head must be complete 10 seconds after its first byte")
  func head() {
    var life = Life()
    #expect(life.wait(50) == .wait)
    #expect(life.receive("G") == .wait)
    for _ in 0..<9 {
      #expect(life.wait(1) == .wait)
      #expect(life.receive("E") == .wait)
    }
    #expect(life.wait(1) == .refuse(408))
  }

  @Test("an empty line before a request doesn't lengthen the silence")
  func emptyLine() {
    var life = Life()
    #expect(life.wait(50) == .wait)
    #expect(life.receive("\r\n") == .wait)
    #expect(life.wait(25) == .close)
  }

  @Test("a second head has 10 seconds of its own")
  func secondHead() {
    var life = Life()
    #expect(life.receive(Life.get("/1") + "GET") == .handle("/1"))
    #expect(life.wait(60) == .wait)
    _ = life.answer()
    #expect(life.sent() == .wait)
    #expect(life.wait(9.9) == .wait)
    #expect(life.wait(0.1) == .refuse(408))
  }

  @Test("a body may take any time, but not 30 seconds without a byte")
  func body() {
    var life = Life()
    #expect(life.receive(Life.post) == .wait)
    for _ in 0..<4 {
      #expect(life.wait(29.9) == .wait)
      #expect(life.receive("a") == .wait)
    }
    #expect(life.wait(30) == .refuse(408))
  }

  @Test("a body that waits for 100 Continue has 30 seconds from then on")
  func continuation() {
    var life = Life()
    let text = "POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
    #expect(life.receive(text) == .sendContinue)
    #expect(life.next() == .wait)
    #expect(life.wait(29.9) == .wait)
    #expect(life.receive("a") == .handle("/p"))
  }

  @Test("a request under way has no deadline")
  func handling() {
    var life = Life()
    #expect(life.receive(Life.get("/")) == .handle("/"))
    #expect(life.wait(1_000_000) == .wait)
  }

  @Test("a response that makes no progress for 30 seconds ends in a reset")
  func write() {
    var life = Life()
    #expect(life.receive(Life.get("/")) == .handle("/"))
    _ = life.answer()
    #expect(life.wait(29.9) == .wait)
    life.advanced()
    #expect(life.wait(29.9) == .wait)
    #expect(life.wait(0.1) == .reset)
  }

  @Test("a refusal that isn't read ends in a reset")
  func refusal() {
    var life = Life()
    #expect(life.receive("\n") == .refuse(400))
    #expect(life.wait(30) == .reset)
  }

  @Test("a linger ends 2 seconds after the last byte, and after 30 in any case")
  func linger() {
    var life = Life()
    #expect(life.receive("\n") == .refuse(400))
    #expect(life.sent() == .linger)
    for _ in 0..<15 {
      #expect(life.wait(1.9) == .wait)
      #expect(life.receive(Life.get("/")) == .wait)
    }
    #expect(life.wait(1.5) == .close)
    var quiet = Life()
    #expect(quiet.receive("\n") == .refuse(400))
    #expect(quiet.sent() == .linger)
    #expect(quiet.wait(1.9) == .wait)
    #expect(quiet.wait(0.1) == .close)
  }

  @Test("endless deadlines are possible")
  func endless() {
    var life = Life {
      $0.idleSeconds = .infinity
      $0.headSeconds = .greatestFiniteMagnitude
    }
    #expect(life.wait(1_000_000) == .wait)
    #expect(life.receive("G") == .wait)
    #expect(life.wait(1_000_000) == .wait)
  }
}
