import CloroContract
import JSON

extension MockServer {
  /// What a stub answers.
  public struct StubbedResponse: Sendable, Hashable {
    /// How a stub's result comes together with the provider's own.
    public enum Mode: String, Sendable, CaseIterable {
      /// Its members are put over the provider's.
      case merge
      /// It stands instead of the provider's.
      case replace
    }

    let members: JSONObject

    /// A result; the request is charged as any success.
    ///
    /// - Parameters:
    ///   - result: The members of `result`.
    ///   - mode: The default is `merge`.
    public static func result(_ result: JSON, mode: Mode = .merge) -> StubbedResponse {
      StubbedResponse(members: ["result": result, "mode": .string(mode.rawValue)])
    }

    /// An error; the request costs nothing.
    public static func error(
      status: Int, code: String? = nil, message: String? = nil
    ) -> StubbedResponse {
      var error: JSONObject = ["status": JSON(status)]
      error.append("code", ifGiven: .text(code))
      error.append("message", ifGiven: .text(message))
      return StubbedResponse(members: ["error": .object(error)])
    }
  }

  /// A stub that is set.
  public struct Stub: Sendable, Hashable {
    /// Its name for ``removeResponse(_:)``.
    public let id: String
    /// The whole stub as the control API shows it: `match`, `result` or `error`, and what else there
    /// is.
    public let json: JSON
  }

  /// The stubs that are set, in the order in which they came (`GET /_mock/responses`).
  ///
  /// - Parameter key: Only those that name this key. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func responses(key: String? = nil) async throws(ControlRefusal) -> [Stub] {
    try await perform(.get, "responses", query: ["key": key]).parsed()
      .list("responses", Stub.init)
  }

  /// Sets a stub (`POST /_mock/responses`). What is nil concerns all.
  ///
  /// - Parameters:
  ///   - response: What is answered.
  ///   - provider: Questions to this provider.
  ///   - prompt: Questions that say this.
  ///   - country: Questions from this country, e.g. `US`.
  ///   - key: Questions of this very key.
  ///   - latency: How long the answer takes instead of its own latency: `250ms` …
  ///   - times: How often it is answered, 1 or more; nil for always.
  /// - Throws: ``ControlRefusal`` 400 with each value that can't be used.
  @discardableResult
  public func addResponse(
    _ response: StubbedResponse, provider: Provider? = nil, prompt: PromptMatch? = nil,
    country: String? = nil, key: String? = nil, latency: String? = nil, times: Int? = nil
  ) async throws(ControlRefusal) -> Stub {
    var match = JSONObject()
    match.append("provider", ifGiven: .text(provider?.rawValue))
    match.append("prompt", ifGiven: prompt?.json)
    match.append("country", ifGiven: .text(country))
    match.append("key", ifGiven: .text(key))
    var body = JSONObject([.init("match", .object(match))] + response.members.members)
    body.append("latency", ifGiven: .text(latency))
    body.append("times", ifGiven: .number(times))
    return try await addResponse(.object(body))
  }

  /// Sets a stub by the control API's JSON (`POST /_mock/responses`).
  ///
  /// - Parameter response: For example
  ///   `["match": ["provider": "grok"], "result": ["text": "Forty-two."], "times": 1]`.
  /// - Throws: ``ControlRefusal`` 400 with each member that can't be used.
  @discardableResult
  public func addResponse(_ response: JSON) async throws(ControlRefusal) -> Stub {
    try Stub(await perform(.post, "responses", body: response).parsed())
  }

  /// Removes a stub (`DELETE /_mock/responses/{id}`).
  ///
  /// - Throws: ``ControlRefusal`` 404 when there is no such stub.
  public func removeResponse(_ id: String) async throws(ControlRefusal) {
    _ = try await perform(.delete, "responses", id)
  }

  /// Removes all stubs (`DELETE /_mock/responses`).
  ///
  /// - Parameter key: Removes only those that name this key. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func removeResponses(key: String? = nil) async throws(ControlRefusal) {
    _ = try await perform(.delete, "responses", query: ["key": key])
  }
}

extension MockServer.Stub {
  fileprivate init(_ reply: ControlReply) throws(MockServer.ControlRefusal) {
    self.init(id: try reply.string("id"), json: try reply.json())
  }
}
