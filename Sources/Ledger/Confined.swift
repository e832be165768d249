import Dispatch

/// A value that only code on one serial queue can reach.
///
/// Safe though unchecked: both ways to the value run on the queue, which runs one thing at a time,
/// and `init` takes the value over from whoever made it.
final class Confined<Value>: @unchecked Sendable {
  private let queue: DispatchQueue
  private let value: Value

  init(_ value: sending Value, to queue: DispatchQueue) {
    self.value = value
    self.queue = queue
  }

  /// Waits for the queue and uses the value there. Must not be called on the queue itself.
  func sync<Result>(
    _ body: (Value) throws(LedgerError) -> Result
  ) throws(LedgerError) -> Result {
    dispatchPrecondition(condition: .notOnQueue(queue))
    return try queue.sync {
      Swift.Result { () throws(LedgerError) in try body(value) }
    }.get()
  }

  /// Uses the value from code that is on the queue already.
  func onQueue(_ body: (Value) -> Void) {
    dispatchPrecondition(condition: .onQueue(queue))
    body(value)
  }
}
