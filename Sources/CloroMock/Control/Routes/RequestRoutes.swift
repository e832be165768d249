import JSON

/// The routes of requests that wait.
enum RequestRoutes {
  static let all = [
    ControlRoute(.get, "requests", query: ["key", "state"]) { call throws(ControlError) in
      let requests = call.operations.requests.list(
        of: try call.narrowing(), try state(call.query["state"]))
      return ControlAnswer(body: ["requests": .array(requests.map { json($0) })])
    },
    ControlRoute(.post, "requests/release", query: ["key"]) { call throws(ControlError) in
      let count = call.operations.requests.releaseAll(of: try call.narrowing())
      return ControlAnswer(body: ["released": JSON(count)])
    },
    ControlRoute(.post, "requests/{id}/release") { call throws(ControlError) in
      let released = try call.operations.requests.release(call.parameter)
      return ControlAnswer(body: json(released, .running))
    },
  ]

  private static func state(
    _ text: String?
  ) throws(ControlError) -> RequestsUnderWay.State? {
    guard let text else { return nil }
    guard let state = RequestsUnderWay.State(rawValue: text) else {
      let names = RequestsUnderWay.State.allCases.map(\.rawValue)
      let alternatives = ObjectReader.alternatives(to: text, in: names)
      throw .invalid("state: \"\(ShownText.value(text))\" is unknown\(alternatives)")
    }
    return state
  }

  /// A request as the control API shows it.
  ///
  /// - Parameter state: nil takes the request's own.
  private static func json(
    _ waiting: RequestOperations.Waiting, _ state: RequestsUnderWay.State? = nil
  ) -> JSON {
    let call = waiting.row.call
    return [
      "requestId": .string(call.requestID.text),
      "key": .string(String(call.key.text.suffix(4))),
      "organization": .string(call.organization.name),
      "method": .string(call.request.method.rawValue),
      "path": .string(JournalRenderer.maskingKeys(call.path)),
      "provider": JSON(waiting.question?.provider.rawValue),
      "prompt": JSON(waiting.question.map { JournalRenderer.maskingKeys($0.text) }),
      "since": .string(call.arrival.text),
      "dueAt": JSON(waiting.row.dueAt?.text),
      "state": .string((state ?? waiting.row.state).rawValue),
      "slot": waiting.row.slot.map { JSON($0) } ?? .null,
    ]
  }
}
