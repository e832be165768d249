extension MockServer {
  // The control API's types under the names that belong to the double.

  /// What goes wrong.
  public typealias FaultKind = CloroMock.FaultKind
  /// A condition on what is asked.
  public typealias PromptMatch = CloroMock.PromptMatch
  /// What a stub answers.
  public typealias StubbedResponse = CloroMock.StubbedResponse
  /// A request that the double has seen.
  public typealias SeenRequest = CloroMock.SeenRequest
  /// Header fields in the order in which they were sent.
  public typealias Headers = CloroMock.SeenRequest.Headers

  /// Performs an operation after those that came before.
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
    return try result.mapError(ControlRefusal.init).get()
  }

  /// Performs an operation that waits, in the caller's own task, whose end it can notice.
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
