import Synchronization

/// Counts and bounds the bytes of bodies that all connections of a server hold together: of
/// requests that are being received or answered, and of responses that their clients haven't taken.
///
/// Each connection has bounds of its own; thousands that all use theirs would still need more
/// memory than any machine has.
final class HeldBytes: Sendable {
  /// What a connection may hold without being counted, in bytes.
  static let uncounted = 64 * 1024

  private let limit: Int
  private let total = Atomic<Int>(0)

  /// - Parameter limit: The most bytes in all.
  init(limit: Int) { self.limit = limit }

  /// Changes how much a connection holds.
  ///
  /// - Returns: Whether all together hold no more than they may; always true for a decrease.
  func change(from old: Int, to new: Int) -> Bool {
    let sum = total.wrappingAdd(new - old, ordering: .relaxed).newValue
    return new <= old || sum <= limit
  }
}
