import Testing

@testable import HTTPServer

@Suite("Events that can't happen in a connection's phase")
struct ImpossibleEventTests {
  enum Phase: String, CaseIterable, Codable {
    case securing, receiving, handling, sending, streaming, lingering, closed

    func connection() -> ConnectionDriver {
      var connection = ConnectionDriver()
      if self == .securing { _ = connection.secure() }
      guard self != .receiving, self != .securing else { return connection }
      _ = connection.receive(ConnectionDriver.get("/"))
      switch self {
      case .securing, .receiving, .handling: break
      case .sending: _ = connection.answer()
      case .streaming: _ = connection.stream(isEndless: false)
      case .lingering:
        _ = connection.answer(closes: true)
        _ = connection.sent()
      case .closed:
        _ = connection.finish()
        _ = connection.answer(closes: true)
        _ = connection.sent()
      }
      return connection
    }
  }

  enum Event: String, CaseIterable, Codable {
    case responseStarted, responseAdvanced, streamStarted, pieceStarted, pieceSent
    case streamFinished, responseSent, secure, secured, securingFailed, foundPlain

    /// The phases in which the event may happen.
    var phases: Set<Phase> {
      switch self {
      case .responseStarted, .streamStarted: [.handling]
      case .responseAdvanced:
        [.securing, .receiving, .handling, .sending, .streaming, .lingering]
      case .secure: [.receiving, .handling]
      case .secured, .securingFailed, .foundPlain: [.securing]
      case .pieceStarted, .streamFinished: [.streaming]
      case .pieceSent: [.streaming, .closed]
      case .responseSent: [.sending, .closed]
      }
    }

    func happen(to connection: inout ConnectionDriver) {
      switch self {
      case .responseStarted: _ = connection.answer()
      case .responseAdvanced: connection.advanced()
      case .streamStarted: _ = connection.stream(isEndless: false)
      case .pieceStarted: connection.startPiece()
      case .pieceSent: _ = connection.pieceSent()
      case .streamFinished: connection.finishStream()
      case .responseSent: _ = connection.sent()
      case .secure: _ = connection.secure()
      case .secured: connection.secured()
      case .securingFailed: _ = connection.securingFailed()
      case .foundPlain: _ = connection.foundPlain()
      }
    }
  }

  @Test("The process ends with the names of the event and the phase", arguments: Event.allCases)
  func impossible(event: Event) async throws {
    for phase in Phase.allCases where !event.phases.contains(phase) {
      let result = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) { [event = event as Event, phase = phase as Phase] in
        var connection = phase.connection()
        event.happen(to: &connection)
      }
      let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(message.contains("\(event) can't happen to a connection that is \(phase)"))
    }
  }

  @Test("The others are possible", arguments: Event.allCases)
  func possible(event: Event) {
    for phase in event.phases {
      var connection = phase.connection()
      event.happen(to: &connection)
    }
  }
}
