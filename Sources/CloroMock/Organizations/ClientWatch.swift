import HTTPServer
import Platform
import Simulation
import Synchronization

/// Watches how a client asks, and notes in the tally what cloro's documents advise against. Of one
/// organization, or of all requests without a valid key.
///
/// What it remembers is bounded, the oldest of it being forgotten. Times are measured on the
/// double's clock and in real time, and the longer of the two counts: a test that moves the clock
/// doesn't wait, and neither does a client on a clock that stands still.
final class ClientWatch: Sendable {
  /// A moment on both clocks.
  struct Moment: Sendable {
    let clock: Timestamp
    /// Monotonic nanoseconds.
    let real: Int64

    init(_ clock: Timestamp) {
      self.clock = clock
      real = System.monotonicNanoseconds()
    }

    /// The time since an earlier moment by the clock on which it is longer, in nanoseconds.
    func since(_ earlier: Moment) -> Int64 {
      max(clock.nanoseconds - earlier.clock.nanoseconds, real - earlier.real)
    }
  }

  /// What a request asks, such that the same request has the same number in this process.
  struct Subject: Sendable {
    let number: Int
    let id: Identifier
    let responder: Responder
    let organization: String?
    let settings: OrganizationSettings?

    /// How many bytes at a body's beginning are compared, beside its length.
    private static let comparedBytes = 64 * 1024

    /// - Parameter token: What stands for the key of a request that has no valid one.
    init(
      _ request: HTTPRequest, _ id: Identifier, _ responder: Responder, token: String = "",
      organization: String?, settings: OrganizationSettings?
    ) {
      var hasher = Hasher()
      hasher.combine(token)
      hasher.combine(request.method)
      hasher.combine(request.path)
      hasher.combine(request.query)
      // A question is shorter than that, and a body of 32 MiB must not cost as much again.
      hasher.combine(request.body.count)
      request.body.withUnsafeBytes { bytes in
        hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.comparedBytes)))
      }
      number = hasher.finalize()
      (self.id, self.responder) = (id, responder)
      (self.organization, self.settings) = (organization, settings)
    }
  }

  /// A request that was refused.
  private struct Refused: Sendable {
    let status: Int
    /// How often in a row.
    let attempts: Int
    let moment: Moment
    let id: Identifier
    let responder: Responder
    /// What the answer told to wait, in nanoseconds.
    let retryAfter: Int64?
  }

  /// Something that was done at a moment by a request.
  private struct Done: Sendable {
    let moment: Moment
    let id: Identifier
  }

  /// That no slot remains, as a refusal has told it.
  private struct Told: Sendable {
    let moment: Moment
    let id: Identifier
    /// Of the last refusal that told it.
    var responder: Responder
    /// How many slots had been given back by then.
    let releases: UInt64
  }

  private struct State: Sendable {
    var refused = RecentValues<Int, Refused>(atMost: mostRefused)
    var paid = RecentValues<Int, Done>(atMost: most)
    var submitted = RecentValues<Int, Done>(atMost: most)
    var read = RecentValues<Identifier, Done>(atMost: most)
    var told: Told?
  }

  private static let second: Int64 = 1_000_000_000
  /// The most refusals that are remembered; each keeps its connection.
  private static let mostRefused = 64
  /// The most questions, tasks and reads that are remembered, of each.
  private static let most = 1024
  /// After so long a request on another connection, while that of the refusal is open, is one that
  /// the client has sent since it read the refusal. Sooner it may have been sent at the same time.
  private static let reaction = second / 20
  /// How long a refusal is remembered as the cause of the next request.
  private static let memory = 60 * second

  private let tally: TallyBook
  private let state = Mutex(State())
  /// Whether a refusal is remembered; readable without the lock.
  private let remembersRefusals = Atomic<Bool>(false)

  /// - Parameter tally: Where findings are noted.
  init(_ tally: TallyBook) { self.tally = tally }

  /// Whether an arriving request may be the repetition of a refused one. Usually none was refused,
  /// and then nobody need look at it.
  var isAlert: Bool { remembersRefusals.load(ordering: .relaxed) }

  private func find(
    _ id: FindingID, _ requests: [Identifier], _ moment: Moment, _ subject: Subject
  ) {
    tally.find(id, under: subject.settings) {
      Finding.Example(requests: requests, at: moment.clock, organization: subject.organization)
    }
  }

  // MARK: Retries

  /// The shortest wait before another attempt: a quarter of the exponential backoff from 1 s to 32
  /// s, or what the answer told to wait if that is less.
  private static func shortestWait(_ refused: Refused) -> Int64 {
    let backoff = second << Int64(min(refused.attempts - 1, 5))
    return min(backoff / 4, refused.retryAfter ?? .max)
  }

  /// A request has arrived.
  func arrived(_ subject: Subject, at now: Timestamp) {
    guard let refused = state.withLock({ $0.refused[subject.number] }), refused.status >= 429
    else { return }
    let moment = Moment(now)
    let wait = moment.since(refused.moment)
    guard wait < Self.shortestWait(refused) else { return }
    ifSent(after: refused.responder, wait, subject) { [self] in
      find(.retryWithoutBackoff, [refused.id, subject.id], moment, subject)
    }
  }

  /// Does something if a request was sent by somebody who had read an answer: it came on the same
  /// connection, or that one is closed, or it came so late that it can't have been under way.
  /// Otherwise it is another worker's, who asks the same at the same time.
  private func ifSent(
    after responder: Responder, _ wait: Int64, _ subject: Subject,
    _ body: @escaping @Sendable () -> Void
  ) {
    guard wait < Self.reaction, !subject.responder.isOnConnection(of: responder),
      !responder.isClientGone
    else { return body() }
    // That the client has closed may have arrived and not be noted yet.
    responder.ifOver(body)
  }

  /// A request was refused.
  ///
  /// - Parameters:
  ///   - retryAfter: What the answer told to wait, in seconds.
  ///   - releases: How many slots had been given back, when it was refused for want of one.
  func refused(
    _ subject: Subject, status: Int, retryAfter: Int64?, releases: UInt64?, at now: Timestamp
  ) {
    guard status == 429 || status >= 500 || [400, 401, 403].contains(status) else { return }
    let moment = Moment(now)
    let (before, told) = state.withLock { state -> (Refused?, Told?) in
      let before = state.refused[subject.number].flatMap {
        moment.since($0.moment) < Self.memory ? $0 : nil
      }
      let isSeries = before.map { ($0.status >= 429) == (status >= 429) } ?? false
      let attempts = isSeries ? before!.attempts + 1 : 1
      state.refused.set(
        subject.number,
        Refused(
          status: status, attempts: attempts, moment: moment, id: subject.id,
          responder: subject.responder, retryAfter: retryAfter.map { $0 * Self.second }))
      remembersRefusals.store(true, ordering: .relaxed)
      guard let releases else { return (before, nil) }
      let told = state.told.flatMap { $0.releases == releases ? $0 : nil }
      if told == nil {
        state.told = Told(
          moment: moment, id: subject.id, responder: subject.responder, releases: releases)
      } else {
        state.told!.responder = subject.responder
      }
      return (before, told)
    }
    if let before, before.status == status, status < 429 {
      ifSent(after: before.responder, moment.since(before.moment), subject) { [self] in
        find(.retriedClientError, [before.id, subject.id], moment, subject)
      }
    }
    // One that was refused before waits for its slot by trying again, as it should.
    guard let told, before == nil else { return }
    let wait = moment.since(told.moment)
    guard wait >= Self.reaction || subject.responder.isOnConnection(of: told.responder) else {
      return
    }
    find(.overrun, [told.id, subject.id], moment, subject)
  }

  /// A request that may have been refused before was answered.
  func answered(_ subject: Subject) {
    state.withLock { state in
      state.refused.remove(subject.number)
      if state.refused.isEmpty { remembersRefusals.store(false, ordering: .relaxed) }
    }
  }

  // MARK: Repetitions

  /// What a finding says of a request that repeats another one.
  struct Repeating: Sendable {
    let id: Identifier
    let organization: String
    let settings: OrganizationSettings
    let now: Timestamp

    /// - Parameter earlier: The request that is repeated, or this one itself.
    func example(after earlier: Identifier) -> Finding.Example {
      Finding.Example(
        requests: earlier == id ? [id] : [earlier, id], at: now, organization: organization)
    }
  }

  private func find(_ finding: FindingID, _ earlier: Identifier, _ by: Repeating) {
    tally.find(finding, under: by.settings) { by.example(after: earlier) }
  }

  /// A question was answered and charged.
  ///
  /// - Parameters:
  ///   - question: A number that the same question has.
  ///   - id: The request's.
  ///   - by: Asked for when that is found for the first time.
  func paid(
    _ question: Int, by id: Identifier, at now: Timestamp, under settings: OrganizationSettings,
    _ by: () -> Repeating
  ) {
    let done = Done(moment: Moment(now), id: id)
    let earlier = state.withLock { $0.paid.set(question, done) }
    guard let earlier, done.moment.since(earlier.moment) < 60 * Self.second else { return }
    tally.find(.duplicateQuestions, under: settings) { by().example(after: earlier.id) }
  }

  /// A task was submitted without an idempotency key.
  ///
  /// - Parameter task: A number that the same task has.
  func submitted(_ task: Int, _ by: Repeating) {
    let done = Done(moment: Moment(by.now), id: by.id)
    let earlier = state.withLock { $0.submitted.set(task, done) }
    guard let earlier, earlier.id != by.id,
      done.moment.since(earlier.moment) < 300 * Self.second
    else { return }
    find(.idempotencyMissing, earlier.id, by)
  }

  /// A task was read.
  ///
  /// - Parameter isFinished: Whether the reader has seen its end, and need not read it again.
  func read(_ task: Identifier, isFinished: Bool, _ by: Repeating) {
    let done = Done(moment: Moment(by.now), id: by.id)
    let earlier = state.withLock { state in
      guard isFinished else { return state.read.set(task, done) }
      let earlier = state.read[task]
      state.read.remove(task)
      return earlier
    }
    // A client that waits a second may be woken a little early.
    guard let earlier, done.moment.since(earlier.moment) < Self.second * 9 / 10 else { return }
    find(.pollingTooFast, earlier.id, by)
  }

  /// Members of a request were ignored.
  func ignored(_ by: Repeating) { find(.ignoredMembers, by.id, by) }

  /// How long a receiver may take, in real nanoseconds.
  private static let promptness = 5 * second

  /// A webhook's receiver has taken so long, in real nanoseconds.
  func delivered(after duration: Int64, _ by: @autoclosure () -> Repeating?) {
    guard duration > Self.promptness, let by = by() else { return }
    find(.slowReceiver, by.id, by)
  }
}
