import Foundation
import Testing

/// Returns when a condition holds that no event tells of; fails when it doesn't within a minute.
///
/// It looks from a thread of its own: a task that looked again and again would keep the few threads
/// that all tasks share from those that have something to do.
func eventually(
  sourceLocation: SourceLocation = #_sourceLocation, _ condition: @escaping @Sendable () -> Bool
) async throws {
  let holds = await withCheckedContinuation { continuation in
    Thread.detachNewThread {
      let end = ContinuousClock.now + .seconds(60)
      while !condition(), ContinuousClock.now < end { usleep(1000) }
      continuation.resume(returning: condition())
    }
  }
  try #require(holds, "not in time", sourceLocation: sourceLocation)
}
