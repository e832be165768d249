import JSON
import Simulation

/// Starts a double on a free port, passes it to `body`, and stops it: when `body` returns or
/// throws, and at once when the task is cancelled, so that everything that `body` waits for ends.
///
/// ```swift
/// try await withMock { mock in
///   let client = Client(baseURL: mock.url, key: mock.key)
///   // …
/// }
/// ```
///
/// Requests that are still running when `body` has returned lose their connections, even if they
/// wait on a clock that stands still.
///
/// - Parameters:
///   - configuration: The default is the built-in plan on the real clock.
///   - isolation: The actor on which `body` runs. The default is the caller's.
///   - body: What to do with the double.
/// - Returns: What `body` returns.
/// - Throws: ``MockStartError`` when the double doesn't start, `CancellationError` when the task is
///   cancelled before it does, and what `body` throws.
@discardableResult
public func withMock<Value>(
  _ configuration: MockConfiguration = MockConfiguration(),
  isolation: isolated (any Actor)? = #isolation,
  _ body: (MockServer) async throws -> Value
) async throws -> Value {
  try Task.checkCancellation()
  let mock = try MockServer(configuration)
  do {
    try mock.start()
    let value = try await withTaskCancellationHandler {
      try await body(mock)
    } onCancel: {
      Task { await mock.stop(within: 0) }
    }
    await mock.stop(within: 0)
    return value
  } catch {
    await mock.stop(within: 0)
    throw error
  }
}

/// ``withMock(_:isolation:_:)`` with one of the built-in plans.
///
/// - Parameters:
///   - plan: The plan's name, e.g. `free`.
///   - clock: The default is `real`.
///   - isolation: The actor on which `body` runs. The default is the caller's.
///   - body: What to do with the double.
@discardableResult
public func withMock<Value>(
  plan: String, clock: ClockMode = .real, isolation: isolated (any Actor)? = #isolation,
  _ body: (MockServer) async throws -> Value
) async throws -> Value {
  try await withMock(MockConfiguration(plan: plan, clock: clock), isolation: isolation, body)
}

/// ``withMock(_:isolation:_:)`` with a plan of its own.
///
/// - Parameters:
///   - fixture: The content of a fixture file, e.g. `["plan": "tight", "concurrency": 1]`.
///   - clock: The default is `real`.
///   - isolation: The actor on which `body` runs. The default is the caller's.
///   - body: What to do with the double.
/// - Throws: `PlanCatalogue.Invalid` with everything that is wrong with the fixture, too.
@discardableResult
public func withMock<Value>(
  fixture: JSON, clock: ClockMode = .real, isolation: isolated (any Actor)? = #isolation,
  _ body: (MockServer) async throws -> Value
) async throws -> Value {
  try await withMock(
    try MockConfiguration(fixture: fixture, clock: clock), isolation: isolation, body)
}
