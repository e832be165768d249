import CloroContract
import Simulation

extension MockServer {
  /// A request that waits: for its latency to pass, or to be released.
  public struct WaitingRequest: Sendable, Hashable {
    /// Its identifier, for ``release(request:)``.
    public let requestID: String
    /// The last four characters of its key.
    public let key: String
    /// The organization of that key.
    public let organization: String
    /// The request's method.
    public let method: String
    /// The path, as it was sent.
    public let path: String
    /// The provider that it asks; nil when it asks none.
    public let provider: Provider?
    /// The question.
    public let prompt: String?
    /// When it arrived, on the double's clock, to the millisecond.
    public let since: Timestamp
    /// When its latency is over, to the millisecond; nil while it is held.
    public let dueAt: Timestamp?
    /// Whether it waits until it is released.
    public let isHeld: Bool
    /// The slot that it holds, from 1; nil for one that needs none.
    public let slot: Int?
  }

  /// The requests that wait, in the order of their arrival (`GET /_mock/requests`).
  ///
  /// - Parameters:
  ///   - key: Only those of this key's organization. The default is nil.
  ///   - held: Only those that are held, or only those that aren't. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func requests(
    key: String? = nil, held: Bool? = nil
  ) async throws(ControlRefusal) -> [WaitingRequest] {
    try await perform { control throws(ControlError) in
      control.requests.list(
        of: try control.keys.narrowed(to: key), held.map { $0 ? .held : .running }
      ).map(WaitingRequest.init)
    }
  }

  /// Lets a held request go on, whose latency then begins (`POST /_mock/requests/{id}/release`).
  ///
  /// - Parameter request: The request's identifier.
  /// - Throws: ``ControlRefusal`` 404 when no such request is under way, 409 when it isn't held.
  public func release(request: String) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in _ = try control.requests.release(request) }
  }

  /// Lets all held requests go on (`POST /_mock/requests/release`).
  ///
  /// - Parameter key: Only those of this key's organization. The default is nil.
  /// - Returns: How many there were.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  @discardableResult
  public func releaseRequests(key: String? = nil) async throws(ControlRefusal) -> Int {
    try await perform { control throws(ControlError) in
      control.requests.releaseAll(of: try control.keys.narrowed(to: key))
    }
  }
}

extension MockServer.WaitingRequest {
  fileprivate init(_ waiting: RequestOperations.Waiting) {
    let (row, call) = (waiting.row, waiting.row.call)
    self.init(
      requestID: call.requestID.text, key: String(call.key.text.suffix(4)),
      organization: call.organization.name, method: call.request.method.rawValue, path: call.path,
      provider: waiting.question?.provider, prompt: waiting.question?.text,
      since: Timestamp(milliseconds: call.arrival.milliseconds),
      dueAt: row.dueAt.map { Timestamp(milliseconds: $0.milliseconds) },
      isHeld: row.state == .held, slot: row.slot)
  }
}
