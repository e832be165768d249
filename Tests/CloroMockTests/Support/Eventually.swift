import Testing

/// Returns when a condition holds that no event tells of; fails when it doesn't within 20 seconds.
func eventually(
  sourceLocation: SourceLocation = #_sourceLocation, _ condition: () -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(20)
  while !condition() {
    try #require(ContinuousClock.now < end, "not in time", sourceLocation: sourceLocation)
    await Task.yield()
  }
}
