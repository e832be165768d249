import HTTPServer
import JSON
import Simulation

extension ControlAPI {
  static let clockRoutes = [
    ControlRoute(.get, "clock") { call in ControlAnswer(body: show(call.api.clock)) },
    ControlRoute(
      .put, "clock", readsBody: true,
      action: .waiting { call throws(ControlError) in try await set(call) }),
    ControlRoute(
      .post, "clock/advance", readsBody: true,
      action: .waiting { call throws(ControlError) in try await advance(call) }),
  ]

  private static func show(_ clock: MockClock) -> JSON {
    let mode = clock.mode
    return [
      "mode": .string(mode.description), "now": .string(clock.now.text),
      "factor": number(mode.factor),
    ]
  }

  private static func number(_ value: Double) -> JSON {
    Int64(exactly: value).map(JSON.integer) ?? .decimal(value)
  }

  private static func set(_ call: ControlCall) async throws(ControlError) -> ControlAnswer {
    let (mode, time) = try call.read { reader in
      let mode = reader.member("mode", expected: "real, manual or xN") { json in
        json.string.flatMap(ClockMode.init)
      }
      let time = reader.member("now", expected: Timestamp.expected) { json in
        json.string.flatMap(Timestamp.init(text:))
      }
      return (mode, time)
    }
    do throws(MockClock.Refusal) {
      try await call.api.clock.set(mode: mode, now: time)
    } catch {
      switch error {
      case .backward(let now):
        throw .invalid("now: time only goes forward; it is \(now.text)")
      }
    }
    return ControlAnswer(body: show(call.api.clock))
  }

  private static func advance(_ call: ControlCall) async throws(ControlError) -> ControlAnswer {
    let nanoseconds = try call.read { reader in
      reader.require("seconds")
      return reader.member("seconds", expected: "a number from 0 to 3155760000") { json in
        json.number.flatMap { 0...3_155_760_000 ~= $0 ? Int64(($0 * 1e9).rounded()) : nil }
      }
    }
    let fired = await call.api.clock.advance(nanoseconds: nanoseconds ?? 0)
    return ControlAnswer(
      body: [
        "now": .string(call.api.clock.now.text),
        "fired": .array(
          fired.map {
            ["at": .string($0.at.text), "kind": .string($0.kind.rawValue), "id": .string($0.id)]
          }),
      ])
  }
}
