import JSON

/// The routes of the double's state as a whole.
enum StateRoutes {
  static let health = ["health", "ready"].map { path in
    ControlRoute(.get, path, isOpen: true) { _ in
      ControlAnswer(body: ["status": .string(ControlOperations.health)])
    }
  }

  static let reset = ControlRoute(.post, "reset", query: ["key"]) { call throws(ControlError) in
    try call.operations.state.reset(try call.narrowing())
    return ControlAnswer(body: ["status": "ok"])
  }

  static let snapshots = [
    ControlRoute(.get, "snapshots", query: ["key"]) { call throws(ControlError) in
      let saved = call.operations.state.saved(of: try call.narrowing())
      return ControlAnswer(body: ["snapshots": .array(saved.map { json($0.snapshot, $0.name) })])
    },
    ControlRoute(.post, "snapshots/{name}", query: ["key"]) { call throws(ControlError) in
      let key = try call.narrowing()
      let snapshot = try call.operations.state.save(call.parameter, of: key)
      return ControlAnswer(status: 201, body: json(snapshot, call.parameter))
    },
    ControlRoute(.get, "snapshots/{name}", query: ["key"]) { call throws(ControlError) in
      ControlAnswer(
        body: try call.operations.state.document(call.parameter, of: call.query["key"]))
    },
    ControlRoute(.put, "snapshots/{name}", readsBody: true) { call throws(ControlError) in
      let snapshot = try call.operations.state.upload(call.parameter, call.body())
      return ControlAnswer(status: 201, body: json(snapshot, call.parameter))
    },
    ControlRoute(.delete, "snapshots/{name}") { call throws(ControlError) in
      try call.operations.state.remove(call.parameter)
      return ControlAnswer(body: ["id": .string(call.parameter)])
    },
    ControlRoute(.post, "snapshots/{name}/restore", query: ["key"]) { call throws(ControlError) in
      let (snapshot, only) = try call.operations.state.restore(
        call.parameter, of: call.query["key"])
      return ControlAnswer(body: json(snapshot, call.parameter, only: only))
    },
  ]

  private static func json(_ snapshot: NamedSnapshot, _ name: String, only: String? = nil) -> JSON {
    let names = snapshot.organizations.map(\.name).filter {
      only == nil || $0.hasSameBytes(as: only!)
    }
    return [
      "id": .string(name), "at": .string(snapshot.at.text),
      "organizations": .array(names.map(JSON.string)),
    ]
  }
}
