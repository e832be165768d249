import Synchronization

/// Values that are put in from any thread and awaited in order by one task.
final class Mailbox<Value: Sendable>: Sendable {
  private let stream: AsyncStream<Value>
  private let continuation: AsyncStream<Value>.Continuation
  private let kept = Mutex<[Value]>([])

  init() { (stream, continuation) = AsyncStream.makeStream() }

  /// All values so far.
  var values: [Value] { kept.withLock { $0 } }

  func put(_ value: Value) {
    kept.withLock { $0.append(value) }
    continuation.yield(value)
  }

  /// Waits for the next value.
  ///
  /// - Throws: `CancellationError` when the test is cancelled, which its time limit does.
  func next() async throws -> Value {
    for await value in stream { return value }
    throw CancellationError()
  }
}
