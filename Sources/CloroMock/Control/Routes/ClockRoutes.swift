import JSON
import Simulation

/// The routes of the clock.
enum ClockRoutes {
  static let all = [
    ControlRoute(.get, "clock") { call in
      ControlAnswer(body: json(call.operations.clock.clock))
    },
    ControlRoute(
      .put, "clock", readsBody: true,
      action: .waiting { call throws(ControlError) in
        let change = try call.read { reader in
          var change = ClockOperations.Change()
          ClockOperations.Change.members.read(&reader, into: &change)
          return change
        }
        try await call.operations.clock.set(change)
        return ControlAnswer(body: json(call.operations.clock.clock))
      }),
    ControlRoute(
      .post, "clock/advance", query: ["key"], readsBody: true,
      action: .waiting { call throws(ControlError) in
        var advance = try call.read { reader in
          reader.require("seconds")
          var advance = ClockOperations.Advance()
          ClockOperations.Advance.members.read(&reader, into: &advance)
          return advance
        }
        advance.key = try call.narrowing()
        let advanced = try await call.operations.clock.advance(advance)
        var body: JSONObject = [
          "now": .string(call.operations.clock.clock.now.text),
          "fired": .array(advanced.fired.map(json)),
        ]
        if !advanced.unfinished.isEmpty {
          body["unfinished"] = .array(advanced.unfinished.map(json))
        }
        return ControlAnswer(body: .object(body))
      }),
  ]

  private static func json(_ clock: MockClock) -> JSON {
    let mode = clock.mode
    return [
      "mode": .string(mode.description), "now": .string(clock.now.text),
      "factor": JSON(mode.factor),
    ]
  }

  private static func json(_ fired: MockClock.Fired) -> JSON {
    ["at": .string(fired.at.text), "kind": .string(fired.kind.rawValue), "id": .string(fired.id)]
  }

  private static func json(_ work: MockClock.Work) -> JSON {
    var members: JSONObject = ["kind": .string(work.kind.rawValue), "id": .string(work.id)]
    if let owner = work.owner { members["organization"] = .string(owner) }
    return .object(members)
  }
}
