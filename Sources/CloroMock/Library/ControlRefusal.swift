import JSON

extension MockServer {
  /// Why a call on the double was refused: what the control API answers as
  /// `{"error":{"code","message","details"?}}`.
  public struct ControlRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The control API's status: 400 for values that can't be used, 404 for what isn't there, 408
    /// for a wait in vain, 409 for what doesn't fit the present state, 500 when the ledger fails.
    public let status: Int
    /// A constant of the status, e.g. `INVALID_REQUEST`, `NOT_FOUND`, `TIMEOUT` or `CONFLICT`.
    public let code: String
    /// What is wrong, for a reader; names what was expected.
    public let message: String
    /// Particulars: for a 400 `[{"field","message"}]`, one for each problem; for a 408 the nearest
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
