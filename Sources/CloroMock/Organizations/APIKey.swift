import CloroContract
import Simulation
import Synchronization

/// A customer's key, with its rate-limit buckets and its own count of requests.
final class APIKey: Sendable {
  fileprivate struct State: Sendable {
    /// One token bucket for each operation, by ``Endpoint/index``.
    var limiters = fullBuckets
    var requestNumber: UInt64 = 0
    /// Whether the database still has to be asked for the number.
    var isUnread = false
    /// Whether the organization knows that the number is to be written.
    var isNoted = false
    /// The identity computed for the last seed.
    var identity: (seed: UInt64, value: UInt64)?
  }

  /// All keys share this array until they use it, because most keys of a large ledger never do.
  private static let fullBuckets = [RateLimiter](
    repeating: RateLimiter(), count: Endpoint.all.count)

  /// A key as it was at a moment.
  struct Snapshot: Sendable {
    let text: String
    let isRevoked: Bool
    fileprivate let state: State

    fileprivate init(text: String, isRevoked: Bool, state: State) {
      self.text = text
      self.isRevoked = isRevoked
      self.state = state
    }

    /// A key as it was in another process.
    ///
    /// - Parameters:
    ///   - requests: How many requests have been counted.
    ///   - buckets: Those that aren't full, by the positions of their operations.
    init(text: String, isRevoked: Bool, requests: UInt64, buckets: [Int: RateLimiter]) {
      var state = State(requestNumber: requests)
      for (index, bucket) in buckets { state.limiters[index] = bucket }
      self.init(text: text, isRevoked: isRevoked, state: state)
    }

    /// How many requests have been counted.
    var requests: UInt64 { state.requestNumber }

    /// The bucket of each operation, by ``Endpoint/index``.
    var buckets: [RateLimiter] { state.limiters }
  }

  /// The rate limiter's decision on a request, and the number from which the request's own draws
  /// are derived.
  struct Admission {
    let rate: RateLimiter.Decision
    let requestNumber: UInt64
    /// See ``APIKey/identity(seed:)``.
    let identity: UInt64
  }

  let text: String
  let organization: Organization
  private let revoked: Atomic<Bool>
  private let state: Mutex<State>

  /// - Parameters:
  ///   - requests: How many requests have been counted; the next one gets the next number.
  ///   - isStored: Whether the database knows the number, unless it was written by an earlier
  ///     version. The default is false.
  init(
    _ text: String, organization: Organization, isRevoked: Bool = false, requests: UInt64 = 0,
    isStored: Bool = false
  ) {
    self.text = text
    self.organization = organization
    revoked = Atomic(isRevoked)
    state = Mutex(State(requestNumber: requests, isUnread: isStored))
  }

  /// A key as it was in a snapshot, for an organization that is restored.
  ///
  /// - Parameter now: Buckets of a later time, which another double's clock has shown, are full.
  init(_ snapshot: Snapshot, organization: Organization, at now: Timestamp) {
    text = snapshot.text
    self.organization = organization
    revoked = Atomic(snapshot.isRevoked)
    var restored = snapshot.state
    (restored.isUnread, restored.isNoted) = (false, false)
    for index in restored.limiters.indices where restored.limiters[index].isAhead(of: now) {
      restored.limiters[index] = RateLimiter()
    }
    state = Mutex(restored)
  }

  var snapshot: Snapshot {
    let state = state.withLock { state in
      read(&state)
      return state
    }
    return Snapshot(text: text, isRevoked: isRevoked, state: state)
  }

  /// Asks the database for the number, if that hasn't been done yet.
  private func read(_ state: inout State) {
    guard state.isUnread else { return }
    state.isUnread = false
    state.requestNumber =
      organization.keeper?.requests(of: text, organization) ?? state.requestNumber
  }

  /// The number as a database keeps it. Later requests are noted anew.
  func takeCount() -> StoredText {
    let number = state.withLock { state in
      read(&state)
      state.isNoted = false
      return state.requestNumber
    }
    return StoredText(id: text, body: Array(String(number).utf8))
  }

  /// The number couldn't be written.
  func putBack() {
    let isNew = state.withLock { state in
      defer { state.isNoted = true }
      return !state.isNoted
    }
    if isNew { organization.noteRequest(of: self) }
  }

  var isRevoked: Bool {
    get { revoked.load(ordering: .relaxed) }
    set { revoked.store(newValue, ordering: .relaxed) }
  }

  /// Counts a request and takes a token from its endpoint's bucket.
  func admit(
    to endpoint: Endpoint, under settings: OrganizationSettings, at now: Timestamp
  ) -> Admission {
    var isNews = false
    defer { if isNews { organization.noteRequest(of: self) } }
    return state.withLock { state in
      if organization.keeper != nil {
        read(&state)
        isNews = !state.isNoted
        state.isNoted = true
      }
      state.requestNumber += 1
      if state.identity?.seed != settings.seed {
        state.identity = (settings.seed, identity(seed: settings.seed))
      }
      return Admission(
        rate: state.limiters[endpoint.index].take(settings.plan.rateLimit, at: now),
        requestNumber: state.requestNumber, identity: state.identity!.value)
    }
  }

  /// The buckets that aren't full, with the whole tokens left in each.
  func buckets(
    _ limit: Plan.RateLimit, at now: Timestamp
  ) -> [(endpoint: Endpoint, remaining: Int)] {
    state.withLock { state in
      Endpoint.all.compactMap { endpoint in
        state.limiters[endpoint.index].remaining(limit, at: now).map { (endpoint, $0) }
      }
    }
  }

  /// The number from which the identifiers and draws of this key's requests are derived.
  func identity(seed: UInt64) -> UInt64 { Self.identity(of: text, seed: seed) }

  static func identity(of text: String, seed: UInt64) -> UInt64 {
    var hash = StableHash(seed: seed)
    hash.combine(text)
    return hash.value
  }
}
