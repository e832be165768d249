import Simulation
import Testing

@testable import CloroMock

/// What every event does to a task in every phase.
@Suite("A task's life")
struct TaskLifeTests {
  /// The phases of the rows below, in their order.
  enum Start: CaseIterable {
    case queued, timed, polled, held, settling, settlingInQueue, completed, failed, timingOut
    case backingOff

    func life() throws(ImpossibleEvent) -> TaskLife {
      var life = TaskLife()
      switch self {
      case .queued: break
      case .timed: _ = try Event.pickedUp(.latency(until: at(20))).apply(to: &life)
      case .polled: _ = try Event.pickedUp(.polls).apply(to: &life)
      case .held: _ = try Event.pickedUp(.held).apply(to: &life)
      case .settling:
        life = try Start.timed.life()
        _ = life.endRequested(given: nil)
        _ = life.waitForEnd {}
      case .settlingInQueue: _ = life.endRequested(given: Array("{}".utf8))
      case .completed:
        life = try Start.settling.life()
        _ = try life.charged(5, at: at(11))
      case .failed: _ = life.failed([], at: at(11))
      case .timingOut: _ = try Event.pickedUp(.timeOut(at: at(20))).apply(to: &life)
      case .backingOff:
        life = try Start.timingOut.life()
        _ = life.timedOut(at: at(20), retryAt: at(40), [])
      }
      return life
    }
  }

  enum Event: Sendable {
    case pickedUp(TaskLife.Pace)
    case turnedDown, released, endRequested, failed, failedInWriting, charged, notCharged
    case settlementLost
    case read, waitForEnd, retired, restored, resumed, timedOut, timedOutForGood, retryDue
    case timedOutForGoodInWriting

    /// The actions that follow; nil when the event comes too late.
    func apply(to life: inout TaskLife) throws(ImpossibleEvent) -> [String]? {
      let now = at(12)
      switch self {
      case .pickedUp(let pace):
        return text(
          try life.pickedUp(at: at(10), slot: ConcurrencySlots.slot(), stub: nil, pace: pace))
      case .turnedDown: return text(try life.turnedDown([], at: now))
      case .released: return text(life.released(.latency(until: at(30))))
      case .endRequested: return text(life.endRequested(given: nil))
      case .failed: return text(life.failed([], at: now))
      case .failedInWriting: return text(life.failed([], at: now, isWritten: true))
      case .charged: return text(try life.charged(5, at: now))
      case .notCharged: return text(try life.notCharged([], at: now))
      case .settlementLost: return text(try life.settlementLost())
      case .timedOut: return text(life.timedOut(at: at(20), retryAt: at(40), []))
      case .timedOutForGood: return text(life.timedOut(at: at(20), retryAt: nil, []))
      case .timedOutForGoodInWriting:
        return text(life.timedOut(at: at(20), retryAt: nil, [], isWritten: true))
      case .retryDue: return text(life.retryDue())
      case .read: return ["\(life.read(polls: 1) {})"]
      case .waitForEnd: return life.waitForEnd {} ? ["waits"] : nil
      case .retired: return text(life.retired())
      case .restored:
        try life.restored { ConcurrencySlots.slot() }
        return []
      // The snapshot was taken at 15, when 5 ms of the latency remained.
      case .resumed:
        return text(life.resumed(at: at(100), savedAt: at(15)) { _ in .immediate })
      }
    }

    private func text(_ actions: [TaskLife.Action]?) -> [String]? {
      actions?.map { action in
        switch action {
        case .setCompletionTimer(let moment): "timer \(moment.milliseconds)"
        case .setAttemptTimer(let moment): "attempt \(moment.milliseconds)"
        case .requeue: "requeue"
        case .complete: "complete"
        case .charge: "charge"
        case .writeFailure: "write"
        case .releaseSlot: "slot"
        case .cancelTimer: "cancel"
        case .setExpiryTimer: "expiry"
        case .resume(let waiters): "resume \(waiters.count)"
        case .keepPages: "pages"
        case .report: "report"
        case .startNext: "next"
        }
      }
    }
  }

  @Test("What waits for the service isn't released by hand, and ends like any other")
  func upstream() throws {
    var life = TaskLife()
    _ = try Event.pickedUp(.upstream).apply(to: &life)
    #expect(life.isUpstream && !life.isHeld && life.due == nil)
    #expect(try Event.released.apply(to: &life) == nil)
    #expect(Self.name(of: life) == "upstream")
    var restored = life
    _ = try Event.restored.apply(to: &restored)
    #expect(try Event.resumed.apply(to: &restored) == ["complete"])
    #expect(try Event.endRequested.apply(to: &life) == ["charge"])
    #expect(!life.isUpstream)
  }

  /// The result of an event as text: the next phase and the actions.
  private static func outcome(of event: Event, _ start: Start) throws -> String {
    var life = try start.life()
    do throws(ImpossibleEvent) {
      guard let actions = try event.apply(to: &life) else { return "too late" }
      return ([name(of: life)] + actions).joined(separator: ", ")
    } catch {
      return "impossible: \(error)"
    }
  }

  private static func name(of life: TaskLife) -> String {
    switch life.phase {
    case .queued: "queued"
    case .running(let run):
      switch run.pace {
      case .immediate: "running"
      case .latency(let due): "running until \(due.milliseconds)"
      case .polls: "polled"
      case .held: "held"
      case .upstream: "upstream"
      case .timeOut(let due): "timing out at \(due.milliseconds)"
      case .suspended(let due, let timesOut):
        "suspended" + (due.map { " until \($0.milliseconds)" } ?? "")
          + (timesOut ? ", timing out" : "")
      }
    case .backingOff(let backOff):
      "backing off until \(backOff.due.milliseconds)" + (backOff.isSuspended ? ", suspended" : "")
    case .settling(let settling): settling.run == nil ? "settling in the queue" : "settling"
    case .ended(let end):
      switch end.outcome {
      case .completed(.result, let charged): "completed for \(charged)"
      case .completed(.given, let charged): "completed by hand for \(charged)"
      case .failed: "failed"
      }
    }
  }

  /// One outcome for each start. "!" is an impossible event.
  private static let rows: [(event: Event, outcomes: [String])] = [
    (
      .pickedUp(.latency(until: at(20))),
      ["running until 20, timer 20", "!", "!", "!", "!", "!", "!", "!", "!", "!"]
    ),
    (.pickedUp(.immediate), ["running, complete", "!", "!", "!", "!", "!", "!", "!", "!", "!"]),
    (.pickedUp(.polls), ["polled", "!", "!", "!", "!", "!", "!", "!", "!", "!"]),
    (.pickedUp(.held), ["held", "!", "!", "!", "!", "!", "!", "!", "!", "!"]),
    (.turnedDown, ["failed, expiry, report", "!", "!", "!", "!", "!", "!", "!", "!", "!"]),
    (
      .released,
      [
        "too late", "too late", "too late", "running until 30, timer 30", "too late", "too late",
        "too late", "too late", "too late", "too late",
      ]
    ),
    (
      .endRequested,
      [
        "settling in the queue, charge", "settling, charge", "settling, charge",
        "settling, charge", "too late", "too late", "too late", "too late", "settling, charge",
        "settling in the queue, cancel, charge",
      ]
    ),
    (
      .failed,
      [
        "failed, expiry, resume 0, report, next",
        "failed, slot, cancel, expiry, resume 0, report, next",
        "failed, slot, cancel, expiry, resume 0, report, next",
        "failed, slot, cancel, expiry, resume 0, report, next",
        "too late", "too late", "too late", "too late",
        "failed, slot, cancel, expiry, resume 0, report, next",
        "failed, cancel, expiry, resume 0, report, next",
      ]
    ),
    (
      .failedInWriting,
      [
        "settling in the queue, write", "settling, write", "settling, write", "settling, write",
        "too late", "too late", "too late", "too late", "settling, write",
        "settling in the queue, cancel, write",
      ]
    ),
    (
      .charged,
      [
        "!", "!", "!", "!",
        "completed for 5, slot, cancel, expiry, resume 1, pages, report, next",
        "completed by hand for 5, expiry, resume 0, report, next", "!", "!", "!", "!",
      ]
    ),
    (
      .notCharged,
      [
        "!", "!", "!", "!", "failed, slot, cancel, expiry, resume 1, report, next",
        "failed, expiry, resume 0, report, next", "!", "!", "!", "!",
      ]
    ),
    (
      .settlementLost,
      [
        "!", "!", "!", "!", "settling, resume 1", "settling in the queue, resume 0", "!", "!", "!",
        "!",
      ]
    ),
    (
      .read,
      [
        "queued, seen(isLast: false)", "running until 20, seen(isLast: true)",
        "polled, seen(isLast: true)", "held, seen(isLast: true)", "settling, waits",
        "settling in the queue, waits", "completed for 5, seen(isLast: false)",
        "failed, seen(isLast: false)", "timing out at 20, seen(isLast: true)",
        "backing off until 40, seen(isLast: false)",
      ]
    ),
    (
      .waitForEnd,
      [
        "too late", "too late", "too late", "too late", "settling, waits",
        "settling in the queue, waits", "too late", "too late", "too late", "too late",
      ]
    ),
    (
      .retired,
      [
        "queued", "running until 20, cancel", "polled, cancel", "held, cancel",
        "settling, cancel, resume 1", "settling in the queue, cancel, resume 0",
        "completed for 5, cancel", "failed, cancel", "timing out at 20, cancel",
        "backing off until 40, cancel",
      ]
    ),
    (
      .restored,
      [
        "queued", "suspended until 20", "suspended", "suspended", "!", "!", "completed for 5",
        "failed", "suspended until 20, timing out", "backing off until 40, suspended",
      ]
    ),
    (
      .resumed,
      [
        "too late", "too late", "too late", "too late", "too late", "too late",
        "completed for 5, expiry, pages", "failed, expiry", "too late", "too late",
      ]
    ),
    (
      .pickedUp(.timeOut(at: at(20))),
      ["timing out at 20, attempt 20", "!", "!", "!", "!", "!", "!", "!", "!", "!"]
    ),
    (
      .timedOut,
      [
        "too late", "too late", "too late", "too late", "too late", "too late", "too late",
        "too late", "backing off until 40, slot, attempt 40, next", "too late",
      ]
    ),
    (
      .timedOutForGood,
      [
        "too late", "too late", "too late", "too late", "too late", "too late", "too late",
        "too late", "failed, slot, cancel, expiry, resume 0, report, next", "too late",
      ]
    ),
    (
      .timedOutForGoodInWriting,
      [
        "too late", "too late", "too late", "too late", "too late", "too late", "too late",
        "too late", "settling, write", "too late",
      ]
    ),
    (
      .retryDue,
      [
        "too late", "too late", "too late", "too late", "too late", "too late", "too late",
        "too late", "too late", "queued, requeue, next",
      ]
    ),
  ]

  @Test("Each event does in each phase what its row says", arguments: rows)
  func table(event: Event, outcomes: [String]) throws {
    #expect(outcomes.count == Start.allCases.count)
    for (start, expected) in zip(Start.allCases, outcomes) {
      let outcome = try Self.outcome(of: event, start)
      if expected == "!" {
        #expect(outcome.hasPrefix("impossible: "), "\(start)")
      } else {
        #expect(outcome == expected, "\(start)")
      }
    }
  }

  @Test("An impossible event is named with its phase, and changes nothing")
  func naming() throws {
    var life = try Start.held.life()
    #expect(throws: ImpossibleEvent(event: "a charge", phase: "running")) {
      try life.charged(5, at: at(12))
    }
    #expect(life.isHeld)
    let error = ImpossibleEvent(event: "a charge", phase: "running")
    #expect("\(error)" == "a charge can't happen to one that is running")
  }

  @Test("A restored task goes on with what was left of its latency, or by its plan, and only once")
  func restoring() throws {
    let expected = [
      (Start.timed, ["timer 105"], "running until 105"), (.held, ["complete"], "running"),
      (.timingOut, ["attempt 105"], "timing out at 105"),
      (.backingOff, ["attempt 125"], "backing off until 125"),
    ]
    for (start, actions, name) in expected {
      var life = try start.life()
      _ = try Event.restored.apply(to: &life)
      let first = try Event.resumed.apply(to: &life)
      let second = try Event.resumed.apply(to: &life)
      #expect(first == actions && second == nil && Self.name(of: life) == name)
    }
  }

  @Test("Reads in the queue count, and only a running task ends by them")
  func polls() throws {
    var life = TaskLife()
    var readings = [life.read(polls: 3) {}, life.read(polls: 3) {}]
    _ = try Event.pickedUp(.polls).apply(to: &life)
    readings += [life.read(polls: nil) {}, life.read(polls: 5) {}, life.read(polls: 5) {}]
    #expect(readings == [false, false, false, false, true].map { .seen(isLast: $0) })
  }

  @Test("The settling of an end doesn't show in the status")
  func status() throws {
    let statuses = try Start.allCases.map { try $0.life().status }
    #expect(
      statuses == [
        .queued, .processing, .processing, .processing, .processing, .queued, .completed, .failed,
        .processing, .queued,
      ])
  }
}

/// A moment in milliseconds.
private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
