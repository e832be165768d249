extension MockServer {
  // The control API's types under the names that belong to ``MockServer``.

  /// What goes wrong.
  public typealias FaultKind = CloroMock.FaultKind
  /// A condition on the question.
  public typealias PromptMatch = CloroMock.PromptMatch
  /// The answer of a stub.
  public typealias StubbedResponse = CloroMock.StubbedResponse
  /// A request that the double has seen.
  public typealias SeenRequest = CloroMock.SeenRequest
  /// Header fields in the order in which they were sent.
  public typealias Headers = CloroMock.SeenRequest.Headers

  /// Performs an operation after all earlier ones.
  func perform<Value: Sendable>(
    _ body: @escaping @Sendable (ControlOperations) throws(ControlError) -> Value
  ) async throws(ControlRefusal) -> Value {
    let operations = operations
    let result = await withCheckedContinuation { continuation in
      operations.inTurn { () throws(ControlError) in
        try body(operations)
      } done: { result in
        continuation.resume(returning: result)
      }
    }
    operations.answered()
    return try result.mapError(ControlRefusal.init).get()
  }

  /// Performs an operation that waits, in the caller's task, so that it notices a cancellation.
  func performWaiting<Value: Sendable>(
    _ body: (ControlOperations) async throws(ControlError) -> Value
  ) async throws(ControlRefusal) -> Value {
    do throws(ControlError) {
      return try await body(operations)
    } catch {
      throw ControlRefusal(error)
    }
  }
}
