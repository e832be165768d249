import Testing

@testable import HTTPServer

@Suite("Events that can't happen in a connection's phase")
struct ImpossibleEventTests {
  enum Phase: String, CaseIterable, Codable {
    case receiving, handling, sending, streaming, lingering, closed

    func life() -> Life {
      var life = Life()
      guard self != .receiving else { return life }
      _ = life.receive(Life.get("/"))
      switch self {
      case .receiving, .handling: break
      case .sending: _ = life.answer()
      case .streaming: _ = life.stream(isEndless: false)
      case .lingering:
        _ = life.answer(closes: true)
        _ = life.sent()
      case .closed:
        _ = life.finish()
        _ = life.answer(closes: true)
        _ = life.sent()
      }
      return life
    }
  }

  enum Event: String, CaseIterable, Codable {
    case responseStarted, responseAdvanced, streamStarted, pieceStarted, pieceSent
    case streamFinished, responseSent

    /// The phases in which the event may happen.
    var phases: Set<Phase> {
      switch self {
      case .responseStarted, .streamStarted: [.handling]
      case .responseAdvanced: [.receiving, .handling, .sending, .streaming]
      case .pieceStarted, .streamFinished: [.streaming]
      case .pieceSent: [.streaming, .closed]
      case .responseSent: [.sending, .closed]
      }
    }

    func happen(to life: inout Life) {
      switch self {
      case .responseStarted: _ = life.answer()
      case .responseAdvanced: life.advanced()
      case .streamStarted: _ = life.stream(isEndless: false)
      case .pieceStarted: life.startPiece()
      case .pieceSent: _ = life.pieceSent()
      case .streamFinished: life.finishStream()
      case .responseSent: _ = life.sent()
      }
    }
  }

  @Test("The process ends with the names of the event and the phase", arguments: Event.allCases)
  func impossible(event: Event) async throws {
    for phase in Phase.allCases where !event.phases.contains(phase) {
      let result = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) { [event = event as Event, phase = phase as Phase] in
        var life = phase.life()
        event.happen(to: &life)
      }
      let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(message.contains("\(event) can't happen to a connection that is \(phase)"))
    }
  }

  @Test("The others are possible", arguments: Event.allCases)
  func possible(event: Event) {
    for phase in event.phases {
      var life = phase.life()
      event.happen(to: &life)
    }
  }
}
