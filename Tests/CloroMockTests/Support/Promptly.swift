import Testing

/// Lets tests go before others that are ready to run.
///
/// Many hundred tests begin at once and share a few threads, so that each step of one may wait for
/// seconds until it has its turn. That is too long for a test that looks at what happens within
/// some seconds of real time.
struct Promptly: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    withUnsafeCurrentTask { $0?.escalatePriority(to: .high) }
    try await function()
  }
}

extension Trait where Self == Promptly {
  static var promptly: Self { Self() }
}
