import Testing

@testable import HTTPServer

@Suite("A connection's deadlines")
struct ConnectionDeadlineTests {
  @Test("a new connection is closed after 75 seconds of silence")
  func idle() {
    var connection = ConnectionDriver()
    #expect(connection.wait(74.9) == .wait)
    #expect(connection.wait(0.1) == .close)
    #expect(connection.wait(100) == .close)
  }

  @Test("a kept-alive connection is closed 75 seconds after its last response")
  func idleAfterResponse() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/")) == .handle("/"))
    #expect(connection.wait(1000) == .wait)
    #expect(connection.answer() == false)
    #expect(connection.sent() == .wait)
    #expect(connection.wait(74.9) == .wait)
    #expect(connection.wait(0.1) == .close)
  }

  @Test("a head must be complete 10 seconds after its first byte")
  func head() {
    var connection = ConnectionDriver()
    #expect(connection.wait(50) == .wait)
    #expect(connection.receive("G") == .wait)
    for _ in 0..<9 {
      #expect(connection.wait(1) == .wait)
      #expect(connection.receive("E") == .wait)
    }
    #expect(connection.wait(1) == .refuse(408))
  }

  @Test("an empty line before a request doesn't lengthen the silence")
  func emptyLine() {
    var connection = ConnectionDriver()
    #expect(connection.wait(50) == .wait)
    #expect(connection.receive("\r\n") == .wait)
    #expect(connection.wait(25) == .close)
  }

  @Test("a second head has 10 seconds of its own")
  func secondHead() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/1") + "GET") == .handle("/1"))
    #expect(connection.wait(60) == .wait)
    _ = connection.answer()
    #expect(connection.sent() == .wait)
    #expect(connection.wait(9.9) == .wait)
    #expect(connection.wait(0.1) == .refuse(408))
  }

  @Test("a body may take any time, but not 30 seconds without a byte")
  func body() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.post) == .wait)
    for _ in 0..<4 {
      #expect(connection.wait(29.9) == .wait)
      #expect(connection.receive("a") == .wait)
    }
    #expect(connection.wait(30) == .refuse(408))
  }

  @Test("a body that waits for 100 Continue has 30 seconds from then on")
  func continuation() {
    var connection = ConnectionDriver()
    let text = "POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
    #expect(connection.receive(text) == .sendContinue)
    #expect(connection.next() == .wait)
    #expect(connection.wait(29.9) == .wait)
    #expect(connection.receive("a") == .handle("/p"))
  }

  @Test("a request under way has no deadline")
  func handling() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/")) == .handle("/"))
    #expect(connection.wait(1_000_000) == .wait)
  }

  @Test("a response that makes no progress for 30 seconds ends in a reset")
  func write() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/")) == .handle("/"))
    _ = connection.answer()
    #expect(connection.wait(29.9) == .wait)
    connection.advanced()
    #expect(connection.wait(29.9) == .wait)
    #expect(connection.wait(0.1) == .reset)
  }

  @Test("a refusal that isn't read ends in a reset")
  func refusal() {
    var connection = ConnectionDriver()
    #expect(connection.receive("\n") == .refuse(400))
    #expect(connection.wait(30) == .reset)
  }

  @Test("a linger ends 2 seconds after the last byte, and after 30 in any case")
  func linger() {
    var connection = ConnectionDriver()
    #expect(connection.receive("\n") == .refuse(400))
    #expect(connection.sent() == .linger)
    for _ in 0..<15 {
      #expect(connection.wait(1.9) == .wait)
      #expect(connection.receive(ConnectionDriver.get("/")) == .wait)
    }
    #expect(connection.wait(1.5) == .close)
    var quiet = ConnectionDriver()
    #expect(quiet.receive("\n") == .refuse(400))
    #expect(quiet.sent() == .linger)
    #expect(quiet.wait(1.9) == .wait)
    #expect(quiet.wait(0.1) == .close)
  }

  @Test("endless deadlines are possible")
  func endless() {
    var connection = ConnectionDriver {
      $0.idleSeconds = .infinity
      $0.headSeconds = .greatestFiniteMagnitude
    }
    #expect(connection.wait(1_000_000) == .wait)
    #expect(connection.receive("G") == .wait)
    #expect(connection.wait(1_000_000) == .wait)
  }
}
