import Platform
import Synchronization

/// A value that only code on one serial queue can reach.
///
/// Safe though unchecked: the value is only used on the queue, which runs one block at a time, and
/// `init` takes the value over from its creator (`sending`).
final class Confined<Value>: @unchecked Sendable {
  private let queue: SerialQueue
  private let value: Value
  /// How many callers of ``sync(isBrief:_:)`` wait for the queue or run on it, not counting the
  /// brief ones.
  private let callers = Atomic<Int>(0)

  init(_ value: sending Value, to queue: SerialQueue) {
    self.value = value
    self.queue = queue
  }

  /// Waits for the queue and uses the value there. Must not be called on the queue itself.
  ///
  /// - Parameter isBrief: Whether the call is so short that others may wait for it. The default is
  ///   false.
  func sync<Result>(
    isBrief: Bool = false, _ body: (Value) throws(LedgerError) -> Result
  ) throws(LedgerError) -> Result {
    precondition(!queue.isCurrent, "The ledger's queue can't wait for itself.")
    if !isBrief { callers.add(1, ordering: .relaxed) }
    defer { if !isBrief { callers.subtract(1, ordering: .relaxed) } }
    return try queue.sync {
      Swift.Result { () throws(LedgerError) in try body(value) }
    }.get()
  }

  /// Whether a call that isn't brief runs or waits, so that another one would have to wait long.
  var isBusy: Bool { callers.load(ordering: .relaxed) > 0 }

  /// Uses the value from code that is on the queue already.
  func onQueue(_ body: (Value) -> Void) {
    precondition(queue.isCurrent, "Only the ledger's queue may do this.")
    body(value)
  }
}
