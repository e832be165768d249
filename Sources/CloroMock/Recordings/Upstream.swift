import Platform
import Simulation
import Synchronization

/// The real service, asked with the system's libcurl over verified TLS, on threads of its own: its
/// answers take up to minutes, and nothing of the double waits for them.
final class Upstream: Sendable {
  /// Where it is and who asks.
  struct Place: Sendable {
    /// Scheme and authority, without a path.
    let url: String
    /// The key, which nothing prints.
    let key: String
    /// A file of authorities; nil for the system's.
    let authorities: String?
  }

  struct Answer: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    let body: [UInt8]
    /// In milliseconds of real time.
    let latencyMs: Int64
  }

  /// How many requests are under way at a time; others wait. [chosen]
  private static let workers = 16
  /// How long a request may take in all, in seconds: an attempt's window and a little more.
  private static let seconds = 330

  let place: Place
  private let queues = (0..<workers).map { _ in SerialQueue() }
  private let loads = Mutex(Array(repeating: 0, count: workers))
  private let isStopped = Atomic(false)

  init(_ place: Place) { self.place = place }

  /// Makes the threads.
  func start() throws(SystemError) { for queue in queues { try queue.start() } }

  /// Ends what is under way, within about a second, and asks nothing more: each of those who wait
  /// is called back with a failure.
  func stop() { isStopped.store(true, ordering: .releasing) }

  /// Asks, and calls back on a thread of its own.
  ///
  /// - Parameters:
  ///   - body: What is posted; nil for a `GET`.
  ///   - delay: Nanoseconds of real time to wait before.
  func ask(
    _ path: String, posting body: [UInt8]?, after delay: Int64 = 0,
    completion: @escaping @Sendable (Result<Answer, UpstreamClient.Failure>) -> Void
  ) {
    let worker = loads.withLock { loads in
      let worker = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      loads[worker] += 1
      return worker
    }
    let job: @Sendable () -> Void = { [self] in
      let answer = fetch(path, body)
      loads.withLock { $0[worker] -= 1 }
      completion(answer)
    }
    if delay > 0 { queues[worker].after(delay, job) } else { queues[worker].async(job) }
  }

  private func fetch(
    _ path: String, _ body: [UInt8]?
  ) -> Result<Answer, UpstreamClient.Failure> {
    guard !isStopped.load(ordering: .acquiring) else {
      return .failure(UpstreamClient.Failure(reason: "the double has stopped"))
    }
    let client = UpstreamClient(base: place.url, authorities: place.authorities) { [self] in
      !isStopped.load(ordering: .acquiring)
    }
    let start = System.monotonicNanoseconds()
    do throws(UpstreamClient.Failure) {
      let answer = try client.send(
        body == nil ? "GET" : "POST", path,
        headers: ["Authorization: Bearer \(place.key)", "Accept: application/json"],
        body: body, within: Self.seconds)
      return .success(
        Answer(
          status: answer.status, headers: answer.headers, body: answer.body,
          latencyMs: (System.monotonicNanoseconds() - start) / 1_000_000))
    } catch {
      return .failure(error)
    }
  }
}
