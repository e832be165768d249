import Testing

@testable import HTTPServer

@Suite("A connection whose TLS handshake is under way")
struct SecuringTests {
  private func securing() -> ConnectionDriver {
    var connection = ConnectionDriver()
    _ = connection.secure()
    return connection
  }

  @Test("begins to wait for requests when the handshake is complete")
  func completes() {
    var connection = securing()
    #expect(connection.state.isSecuring && connection.state.wantsBytes)
    #expect(connection.next() == .wait)
    connection.secured()
    #expect(connection.receive(ConnectionDriver.get("/")) == .handle("/"))
  }

  @Test("is closed after 10 seconds, however much of it goes out")
  func deadline() {
    var connection = securing()
    #expect(connection.wait(9.9) == .wait)
    connection.advanced()
    #expect(connection.wait(0.1) == .close)
  }

  @Test("has its 75 seconds of silence from the handshake's end")
  func idle() {
    var connection = securing()
    #expect(connection.wait(9) == .wait)
    connection.secured()
    #expect(connection.wait(74.9) == .wait)
    #expect(connection.wait(0.1) == .close)
  }

  @Test("closes when its peer ends, and when the server stops")
  func ends() {
    var connection = securing()
    #expect(connection.finish() == .close)
    connection = securing()
    #expect(connection.stop() == .close)
  }

  @Test("lingers after an alert, so that a reset doesn't overtake it")
  func fails() {
    var connection = securing()
    #expect(connection.securingFailed() == .linger)
    #expect(connection.state.isLingering)
    #expect(connection.finish() == .close)
  }

  @Test("refuses plain HTTP in words")
  func plain() {
    var connection = securing()
    #expect(connection.foundPlain() == .refuse(400))
    #expect(connection.sent() == .linger)
  }

  @Test("takes what came behind the request that asked for it, once")
  func rest() {
    var connection = ConnectionDriver()
    #expect(connection.receive(ConnectionDriver.get("/") + "\u{16}\u{3}\u{1}") == .handle("/"))
    #expect(connection.secure() == "\u{16}\u{3}\u{1}")
    #expect(connection.next() == .wait)
    connection.secured()
    #expect(connection.state.held == 0)
    #expect(connection.receive(ConnectionDriver.get("/2")) == .handle("/2"))
  }
}
