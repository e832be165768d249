import CloroContract
import JSON

extension MockServer {
  /// A stub that is set.
  public struct Stub: Sendable, Hashable {
    /// The identifier for ``removeResponse(_:)``.
    public let id: String
    /// The whole stub as the control API shows it: `match`, `result` or `error`, and its other
    /// members.
    public let json: JSON
  }

  /// The stubs that are set, in the order in which they were added (`GET /_mock/responses`).
  ///
  /// - Parameter key: Only those that name this key. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func responses(key: String? = nil) async throws(ControlRefusal) -> [Stub] {
    try await perform { control throws(ControlError) in
      control.rules.list(\.stubs, of: try control.keys.narrowed(to: key)).map(Stub.init)
    }
  }

  /// Sets a stub (`POST /_mock/responses`). A nil parameter sets no condition.
  ///
  /// - Parameters:
  ///   - response: The answer.
  ///   - provider: Questions to this provider.
  ///   - prompt: Questions with this text.
  ///   - country: Questions from this country, e.g. `US`.
  ///   - key: Questions with this key.
  ///   - include: Questions that ask for these flags.
  ///   - state: Questions from this state of the USA, e.g. `CA`.
  ///   - device: Questions for this kind of device.
  ///   - label: Questions of organizations with this label.
  ///   - body: Questions whose members meet these conditions.
  ///   - latency: How long the answer takes instead of its own latency: `250ms` …
  ///   - times: How often it is used, 1 or more; nil for always.
  /// - Throws: ``ControlRefusal`` 400 with each value that can't be used.
  @discardableResult
  public func addResponse(
    _ response: StubbedResponse, provider: Provider? = nil, prompt: PromptMatch? = nil,
    country: String? = nil, key: String? = nil, include: IncludeMatch? = nil,
    state: String? = nil, device: MonitorRequest.Device? = nil, label: String? = nil,
    body: BodyMatch? = nil, latency: String? = nil, times: Int? = nil
  ) async throws(ControlRefusal) -> Stub {
    let match = RuleMatch(
      key: key, provider: provider, prompt: prompt, country: country, include: include,
      state: state, device: device, label: label, body: body)
    return try await perform { control throws(ControlError) in
      let stub = try control.rules.stub(match, response, latency: latency, times: times)
      return Stub(try control.rules.add(stub, to: \.stubs))
    }
  }

  /// Sets a stub by the control API's JSON (`POST /_mock/responses`).
  ///
  /// - Parameter response: For example
  ///   `["match": ["provider": "grok"], "result": ["text": "Forty-two."], "times": 1]`.
  /// - Throws: ``ControlRefusal`` 400 with each member that can't be used.
  @discardableResult
  public func addResponse(_ response: JSON) async throws(ControlRefusal) -> Stub {
    try await perform { control throws(ControlError) in
      Stub(try control.rules.add(control.rules.stub(response), to: \.stubs))
    }
  }

  /// Removes a stub (`DELETE /_mock/responses/{id}`).
  ///
  /// - Throws: ``ControlRefusal`` 404 when there is no such stub.
  public func removeResponse(_ id: String) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      try control.rules.remove(id, from: \.stubs)
    }
  }

  /// Removes all stubs (`DELETE /_mock/responses`).
  ///
  /// - Parameter key: Removes only those that name this key. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func removeResponses(key: String? = nil) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      try control.rules.removeAll(\.stubs, of: try control.keys.narrowed(to: key))
    }
  }
}

extension MockServer.Stub {
  fileprivate init(_ rule: CountedRule<Stub>) { self.init(id: rule.id, json: rule.json) }
}
