import Simulation
import Testing

@testable import CloroMock

/// What every event does to a delivery in every phase.
@Suite("A delivery's life")
struct DeliveryLifeTests {
  /// The phases of the rows below, in their order.
  enum Start: CaseIterable {
    case queued, heldBack, underWay, awaiting, overQueued, overHeldBack, overUnderWay, over

    func life() throws(ImpossibleEvent) -> DeliveryLife {
      var life = DeliveryLife()
      switch self {
      case .queued: break
      case .heldBack: _ = try life.heldBack()
      case .underWay: try life.begun()
      case .awaiting:
        try life.begun()
        _ = try life.failed(retryAt: at(20))
      case .overQueued: _ = life.deliveredBesides()
      case .overHeldBack:
        _ = life.deliveredBesides()
        _ = try life.heldBack()
      case .overUnderWay:
        try life.begun()
        _ = life.deliveredBesides()
      case .over:
        try life.begun()
        _ = try life.delivered()
      }
      return life
    }
  }

  enum Event: Sendable {
    case begun, heldBack, released, delivered, failed, failedForGood, retryDue, deliveredBesides
    case collected, closed, resumed

    /// The actions that follow; nil when the event comes too late.
    func apply(to life: inout DeliveryLife) throws(ImpossibleEvent) -> [DeliveryLife.Action]? {
      switch self {
      case .begun:
        try life.begun()
        return []
      case .heldBack: return try life.heldBack()
      case .released: return life.released()
      case .delivered: return try life.delivered()
      case .failed: return try life.failed(retryAt: at(30))
      case .failedForGood: return try life.failed(retryAt: nil)
      case .retryDue: return life.retryDue()
      case .deliveredBesides: return life.deliveredBesides()
      case .collected:
        try life.collected()
        return []
      case .closed: return life.closed()
      // The snapshot was taken at 15, when 5 ms remained until the retry.
      case .resumed: return life.resumed(at: at(100), savedAt: at(15))
      }
    }
  }

  enum Outcome: Equatable, Sendable {
    case impossible
    case tooLate
    case to(DeliveryLife.Phase, [DeliveryLife.Action] = [])
  }

  private static func outcome(of event: Event, _ start: Start) throws -> Outcome {
    var life = try start.life()
    do throws(ImpossibleEvent) {
      return try event.apply(to: &life).map { .to(life.phase, $0) } ?? .tooLate
    } catch {
      return .impossible
    }
  }

  /// One outcome for each start.
  private static let rows: [(event: Event, outcomes: [Outcome])] = [
    (
      .begun,
      [
        .to(.open(.underWay)), .impossible, .impossible, .impossible, .to(.over(.underWay)),
        .impossible, .impossible, .impossible,
      ]
    ),
    (
      .heldBack,
      [
        .to(.open(.heldBack), [.setReleaseTimer]), .impossible, .impossible, .impossible,
        .to(.over(.heldBack), [.setReleaseTimer]), .impossible, .impossible, .impossible,
      ]
    ),
    (
      .released,
      [
        .tooLate, .to(.open(.queued), [.cancelTimer, .enqueue(isReleased: true)]), .tooLate,
        .tooLate, .tooLate, .to(.over(.queued), [.cancelTimer, .enqueue(isReleased: true)]),
        .tooLate, .tooLate,
      ]
    ),
    (
      .delivered,
      [
        .impossible, .impossible, .to(.over(nil), [.noteDelivery]), .impossible, .impossible,
        .impossible, .to(.over(nil), [.noteDelivery]), .impossible,
      ]
    ),
    (
      .failed,
      [
        .impossible, .impossible,
        .to(.open(.awaitingRetry(due: at(30))), [.setRetryTimer(at(30))]), .impossible,
        .impossible, .impossible, .to(.over(nil)), .impossible,
      ]
    ),
    (
      .failedForGood,
      [
        .impossible, .impossible, .to(.over(nil)), .impossible, .impossible, .impossible,
        .to(.over(nil)), .impossible,
      ]
    ),
    (
      .retryDue,
      [
        .tooLate, .tooLate, .tooLate, .to(.open(.queued), [.enqueue(isReleased: false)]),
        .tooLate, .tooLate, .tooLate, .tooLate,
      ]
    ),
    (
      .deliveredBesides,
      [
        .to(.over(.queued), [.noteDelivery]),
        .to(.over(nil), [.cancelTimer, .noteDelivery]),
        .to(.over(.underWay), [.noteDelivery]),
        .to(.over(nil), [.cancelTimer, .noteDelivery]),
        .to(.over(.queued), [.noteDelivery]),
        .to(.over(nil), [.cancelTimer, .noteDelivery]),
        .to(.over(.underWay), [.noteDelivery]), .to(.over(nil), [.noteDelivery]),
      ]
    ),
    (
      .collected,
      [
        .to(.over(nil)), .impossible, .impossible, .impossible, .impossible, .impossible,
        .impossible, .to(.over(nil)),
      ]
    ),
    (
      .closed,
      [
        .to(.open(.queued)), .to(.over(nil), [.cancelTimer]), .to(.open(.underWay)),
        .to(.open(.awaitingRetry(due: at(20)))), .to(.over(.queued)),
        .to(.over(nil), [.cancelTimer]), .to(.over(.underWay)), .to(.over(nil)),
      ]
    ),
    (
      .resumed,
      [
        .to(.open(.queued), [.enqueue(isReleased: true)]),
        .to(.open(.queued), [.enqueue(isReleased: true)]),
        .to(.open(.queued), [.enqueue(isReleased: true)]),
        .to(.open(.awaitingRetry(due: at(105))), [.setRetryTimer(at(105))]), .to(.over(nil)),
        .to(.over(nil)), .to(.over(nil)), .to(.over(nil)),
      ]
    ),
  ]

  @Test("Each event does in each phase what its row says", arguments: rows)
  func table(event: Event, outcomes: [Outcome]) throws {
    #expect(outcomes.count == Start.allCases.count)
    for (start, expected) in zip(Start.allCases, outcomes) {
      let outcome = try Self.outcome(of: event, start)
      #expect(outcome == expected, "\(start)")
    }
  }

  @Test("A retry that a snapshot finds under way comes at once, by the clock")
  func retryUnderWay() throws {
    var life = try Start.awaiting.life()
    _ = life.retryDue()
    try life.begun()
    let actions = life.resumed(at: at(100), savedAt: at(50))
    #expect(actions == [.setRetryTimer(at(100))])
  }

  @Test("An impossible event is named with its phase, and changes nothing")
  func naming() throws {
    var life = try Start.overUnderWay.life()
    #expect(throws: ImpossibleEvent(event: "being held back", phase: "over and under way")) {
      try life.heldBack()
    }
    #expect(life.phase == .over(.underWay))
  }
}

/// A moment in milliseconds.
private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
