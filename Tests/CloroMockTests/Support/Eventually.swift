import Foundation
import Testing

/// Returns when a condition holds that no event reports; fails when it doesn't hold within
/// four minutes, which is less than the suites' time limits.
///
/// The condition is checked on a thread of its own, because a task that polls would occupy one of
/// the few threads that all tasks share.
func eventually(
  sourceLocation: SourceLocation = #_sourceLocation, _ condition: @escaping @Sendable () -> Bool
) async throws {
  let holds = await withCheckedContinuation { continuation in
    Thread.detachNewThread {
      let end = ContinuousClock.now + .seconds(240)
      while !condition(), ContinuousClock.now < end { usleep(1000) }
      continuation.resume(returning: condition())
    }
  }
  try #require(holds, "not in time", sourceLocation: sourceLocation)
}
