import CloroContract
import JSON

extension MockServer {
  /// A fault that is set.
  public struct Fault: Sendable, Hashable {
    /// The identifier for ``removeFault(_:)``.
    public let id: String
    /// The requests that it applies to, as the control API's `match`.
    public let match: JSON
    /// What goes wrong.
    public let fault: FaultKind
    /// How often it will still strike; nil for always.
    public let timesLeft: Int?
    /// The probability with which it strikes a matching request, 0 to 1.
    public let probability: Double
    /// How many requests have matched.
    public let seen: Int
    /// How often it has struck.
    public let struck: Int
  }

  /// The faults that are set, in the order in which they were added (`GET /_mock/faults`).
  ///
  /// - Parameter key: Only those that name this key. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func faults(key: String? = nil) async throws(ControlRefusal) -> [Fault] {
    try await perform { control throws(ControlError) in
      control.rules.list(\.faults, of: try control.keys.narrowed(to: key)).map(Fault.init)
    }
  }

  /// Sets a fault (`POST /_mock/faults`). The first fault that applies to a request strikes it. A
  /// nil parameter sets no condition.
  ///
  /// - Parameters:
  ///   - fault: What goes wrong.
  ///   - key: Requests with this key.
  ///   - path: Requests to this path, to the route of this template, such as
  ///     `/v1/async/task/{taskId}`, or to paths that begin with this, with `*` behind it.
  ///   - method: Requests with this method, in capitals; `GET` includes `HEAD`.
  ///   - provider: Questions to this provider.
  ///   - prompt: Questions with this text.
  ///   - nth: Only the nth request that meets the other conditions, from 1.
  ///   - times: How often it strikes, 1 or more; nil for always.
  ///   - probability: The probability with which it strikes, 0 to 1, drawn with the request's seed.
  ///     The default is 1.
  /// - Throws: ``ControlRefusal`` 400 with each value that can't be used.
  @discardableResult
  public func addFault(
    _ fault: FaultKind, key: String? = nil, path: String? = nil, method: String? = nil,
    provider: Provider? = nil, prompt: PromptMatch? = nil, nth: Int? = nil, times: Int? = nil,
    probability: Double? = nil
  ) async throws(ControlRefusal) -> Fault {
    let match = RuleMatch(
      key: key, path: path, method: method, provider: provider, prompt: prompt, nth: nth)
    return try await perform { control throws(ControlError) in
      let fault = try control.rules.fault(match, fault, times: times, probability: probability)
      return Fault(try control.rules.add(fault, to: \.faults))
    }
  }

  /// Sets a fault by the control API's JSON (`POST /_mock/faults`).
  ///
  /// - Parameter fault: For example
  ///   `["match": ["provider": "grok"], "fault": ["kind": "status", "status": 503], "times": 2]`.
  /// - Throws: ``ControlRefusal`` 400 with each member that can't be used.
  @discardableResult
  public func addFault(_ fault: JSON) async throws(ControlRefusal) -> Fault {
    try await perform { control throws(ControlError) in
      Fault(try control.rules.add(control.rules.fault(fault), to: \.faults))
    }
  }

  /// Removes a fault (`DELETE /_mock/faults/{id}`).
  ///
  /// - Throws: ``ControlRefusal`` 404 when there is no such fault.
  public func removeFault(_ id: String) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      try control.rules.remove(id, from: \.faults)
    }
  }

  /// Removes all faults (`DELETE /_mock/faults`).
  ///
  /// - Parameter key: Removes only those that name this key. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func removeFaults(key: String? = nil) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      try control.rules.removeAll(\.faults, of: try control.keys.narrowed(to: key))
    }
  }
}

extension MockServer.Fault {
  fileprivate init(_ rule: CountedRule<Fault>) {
    self.init(
      id: rule.id, match: rule.definition.match.json, fault: rule.definition.fault,
      timesLeft: rule.timesLeft, probability: rule.definition.probability, seen: rule.seen,
      struck: rule.struck)
  }
}
