import JSON

extension MockServer {
  /// Why a call was refused: the content of the control API's
  /// `{"error":{"code","message","details"?}}`.
  public struct ControlRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The control API's status: 400 for invalid values, 404 for what doesn't exist, 408 for a wait
    /// that timed out, 409 for what conflicts with the present state, 500 when the ledger fails.
    public let status: Int
    /// A constant for the kind of refusal, e.g. `INVALID_REQUEST`, `NOT_FOUND`, `TIMEOUT` or
    /// `CONFLICT`.
    public let code: String
    /// What is wrong and what was expected, for a person.
    public let message: String
    /// Details: for a 400 `[{"field","message"}]`, one for each problem; for a 408 the nearest
    /// misses. nil when there are none.
    public let details: JSON?

    /// The status, the code and the message.
    public var description: String { "\(status) \(code): \(message)" }
  }
}

extension MockServer.ControlRefusal {
  init(_ error: ControlError) {
    self.init(
      status: error.status, code: error.code, message: error.message, details: error.details)
  }
}
