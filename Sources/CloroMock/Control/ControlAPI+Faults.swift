import HTTPServer
import JSON

extension ControlAPI {
  static let faultRoutes = [
    ControlRoute(.get, "faults") { call throws(ControlError) in
      let key = try call.narrowing()
      return ControlAnswer(body: ["faults": .array(call.api.faults.all(of: key).map(show))])
    },
    ControlRoute(.post, "faults") { call throws(ControlError) in
      let made = try call.read { reader in FaultReader.read(&reader) }
      guard let made else { throw .invalid("fault: expected an object with a kind") }
      return ControlAnswer(status: 201, body: show(call.api.faults.add(made)))
    },
    ControlRoute(.delete, "faults") { call throws(ControlError) in
      call.api.faults.removeAll(of: try call.narrowing())
      return ControlAnswer(body: ["status": "ok"])
    },
    ControlRoute(.delete, "faults/{id}") { call throws(ControlError) in
      guard call.api.faults.remove(call.parameter) else {
        throw .notFound("There is no fault \(call.parameter).")
      }
      return ControlAnswer(body: ["id": .string(call.parameter)])
    },
  ]

  private static func show(_ fault: Fault) -> JSON {
    var match: JSONObject = [:]
    if let key = fault.match.key { match.append("key", .string(key)) }
    if let path = fault.match.path { match.append("path", .string(path)) }
    if let provider = fault.match.provider { match.append("provider", .string(provider.rawValue)) }
    switch fault.match.prompt {
    case .equals(let text)?: match.append("prompt", ["equals": .string(text)])
    case .contains(let text)?: match.append("prompt", ["contains": .string(text)])
    case nil: break
    }
    if let nth = fault.match.nth { match.append("nth", JSON(nth)) }
    var object: JSONObject = [
      "id": .string(fault.id), "match": .object(match), "fault": fault.description,
      "probability": fault.probability == 1 ? 1 : .decimal(fault.probability),
      "seen": JSON(fault.seen),
    ]
    if let times = fault.times { object.append("timesLeft", JSON(times)) }
    return .object(object)
  }
}
