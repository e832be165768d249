import HTTPServer
import Platform
import Synchronization

/// Sends webhooks: with the project's own client to `http` receivers, with libcurl to `https`
/// receivers. Redirects are not followed, the environment's proxy settings are not used, and no
/// more of an answer is read than its status requires.
final class WebhookTransport: Sendable {
  private typealias Completion = @Sendable (OneShotClient.Outcome) -> Void

  private struct State {
    var isClosed = false
    var last: UInt64 = 0
    var underWay: [UInt64: Completion] = [:]
  }

  private let loop = ClientLoop()
  private let plain: OneShotClient
  private let secure: SecureWebhookTransport
  private let state = Mutex(State())

  init() {
    plain = OneShotClient(on: loop)
    secure = SecureWebhookTransport(on: loop)
  }

  /// Starts the threads. Without this call the first attempt does.
  func start() throws(SystemError) { try loop.start() }

  /// Whether the transport was closed, so that every attempt fails.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Runs a job where attempts leave, after those that wait there.
  ///
  /// - Returns: False when the transport was closed and the job will never run.
  func execute(_ job: @escaping @Sendable () -> Void) -> Bool { loop.execute(job) }

  /// Sends one attempt.
  ///
  /// - Parameters:
  ///   - seconds: The longest duration, from when it really starts.
  ///   - keepsConnection: Whether another report waits for the receiver, which may go out on the
  ///     same connection.
  ///   - completion: Called once, on any thread.
  func send(
    _ body: [UInt8], to receiver: WebhookReceiver, headers: [WebhookHeaders.Field],
    within seconds: Int, keepsConnection: Bool,
    completion: @escaping @Sendable (OneShotClient.Outcome) -> Void
  ) {
    guard let url = receiver.address else { return completion(.failed("not an address")) }
    guard let number = begin(completion) else { return completion(.failed("stopped")) }
    let over: Completion = { [self] outcome in end(number, outcome) }
    guard !url.isSecure else {
      return secure.send(
        body, to: receiver.url, place: (url.host, url.port), headers: headers, within: seconds,
        completion: over)
    }
    plain.send(
      receiver.request(body, headers, keepsConnection: keepsConnection), host: url.host,
      port: url.port, within: Double(seconds), keepsConnection: keepsConnection, completion: over)
  }

  /// Ends all attempts, which fail at once; later ones fail too.
  ///
  /// The clients may drop attempts without calling their completions, and an advance of the clock
  /// may wait for these.
  func close() {
    let givenUp = state.withLock { state in
      state.isClosed = true
      return Array(state.underWay.keys)
    }
    for number in givenUp { end(number, .failed("stopped")) }
    secure.close()
    // It closes the loop, too.
    plain.close()
  }

  /// - Returns: The attempt's number; nil after ``close()``.
  private func begin(_ completion: @escaping Completion) -> UInt64? {
    state.withLock { state in
      guard !state.isClosed else { return nil }
      state.last += 1
      state.underWay[state.last] = completion
      return state.last
    }
  }

  /// Reports the outcome of an attempt, once.
  private func end(_ number: UInt64, _ outcome: OneShotClient.Outcome) {
    state.withLock { $0.underWay.removeValue(forKey: number) }?(outcome)
  }
}
