import Synchronization

/// Counts and limits the bytes that all connections of a server hold together: bodies of requests
/// that are being received or answered, and responses that clients haven't taken.
///
/// Each connection has limits of its own, but thousands of connections that all use theirs fully
/// would need more memory than any machine has.
final class HeldBytes: Sendable {
  /// How many bytes a connection may hold without being counted.
  static let uncounted = 64 * 1024

  private let limit: Int
  private let total = Atomic<Int>(0)

  /// - Parameter limit: The most bytes that all connections may hold together.
  init(limit: Int) { self.limit = limit }

  /// Changes how much a connection holds.
  ///
  /// - Returns: Whether all together hold no more than they may; always true for a decrease.
  func change(from old: Int, to new: Int) -> Bool {
    let sum = total.wrappingAdd(new - old, ordering: .relaxed).newValue
    return new <= old || sum <= limit
  }
}
