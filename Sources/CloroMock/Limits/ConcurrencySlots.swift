/// The slots of an organization, shared by running requests and tasks. A pure value.
///
/// [seed: concurrency, "Can I burst above my concurrency limit?": the limit is hard, and a surplus
/// request is refused at once]
struct ConcurrencySlots: Sendable {
  struct Usage: Equatable, Sendable {
    let limit: Int
    let current: Int

    /// Never below 0, even after a plan has shrunk.
    var remaining: Int { max(0, limit - current) }
  }

  enum Decision: Equatable {
    /// Carries the usage with this request.
    case admitted(Usage)
    /// Carries the usage as the refusal reports it: one more than the limit.
    case refused(Usage)
  }

  private(set) var running = 0

  /// Takes a slot if one is free. A plan's change applies to the very next request.
  mutating func acquire(limit: Int) -> Decision {
    guard running < limit else { return .refused(Usage(limit: limit, current: limit + 1)) }
    running += 1
    return .admitted(Usage(limit: limit, current: running))
  }

  mutating func release() {
    precondition(running > 0, "A slot was given back twice.")
    running -= 1
  }

  /// The usage without a further request.
  func usage(limit: Int) -> Usage { Usage(limit: limit, current: running) }
}
