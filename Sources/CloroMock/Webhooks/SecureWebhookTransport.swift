import CCurl
import DequeModule
import HTTPServer
import Platform
import Synchronization

/// Sends webhooks to `https` receivers with the system's libcurl, each on a thread that may block.
///
/// URLSession is not used: on Linux it ends the process when a receiver closes in the middle of an
/// answer's head, and loading it and its libraries takes longer than the rest of the double's
/// start.
final class SecureWebhookTransport: Sendable {
  private struct State {
    var running = 0
    var waiting: Deque<SecureExchange> = []
    var isClosed = false
  }

  /// The most exchanges under way; others wait.
  private static let threads = 32
  private let state = Mutex(State())

  /// Sends one attempt.
  ///
  /// - Parameters:
  ///   - seconds: The longest duration.
  ///   - completion: Called once, on any thread.
  func send(
    _ body: [UInt8], to address: String, headers: [(name: String, value: String)],
    within seconds: Int,
    completion: @escaping @Sendable (OneShotClient.Outcome) -> Void
  ) {
    let exchange = SecureExchange(
      address: address, headers: headers.map { "\($0.name): \($0.value)" }, body: body,
      seconds: seconds,
      deadline: System.monotonicNanoseconds() + Int64(seconds) * 1_000_000_000,
      completion: completion)
    let begins = state.withLock { state in
      state.waiting.append(exchange)
      guard !state.isClosed, state.running < Self.threads else { return false }
      state.running += 1
      return true
    }
    guard begins else { return }
    do throws(SystemError) {
      try System.startThread { self.work() }
    } catch {
      state.withLock { $0.running -= 1 }
      completion(.failed(error.reason))
    }
  }

  /// Ends all attempts without calling their completions; later ones are not sent.
  func close() {
    state.withLock { state in
      state.isClosed = true
      state.waiting = []
    }
  }

  private var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Performs the waiting attempts until none is left.
  private func work() {
    while let exchange = next() { exchange.perform { self.isClosed } }
  }

  private func next() -> SecureExchange? {
    state.withLock { state in
      if !state.isClosed, let exchange = state.waiting.popFirst() { return exchange }
      state.running -= 1
      return nil
    }
  }
}

/// One attempt.
private struct SecureExchange: Sendable {
  let address: String
  /// Complete header lines.
  let headers: [String]
  let body: [UInt8]
  /// The longest duration, in seconds.
  let seconds: Int
  /// The deadline, in monotonic nanoseconds.
  let deadline: Int64
  let completion: @Sendable (OneShotClient.Outcome) -> Void

  /// The context that is passed to libcurl's callbacks.
  private final class Context {
    let completion: @Sendable (OneShotClient.Outcome) -> Void
    let isCancelled: () -> Bool

    init(
      _ completion: @escaping @Sendable (OneShotClient.Outcome) -> Void,
      _ isCancelled: @escaping () -> Bool
    ) {
      self.completion = completion
      self.isCancelled = isCancelled
    }

    static func from(_ pointer: UnsafeMutableRawPointer?) -> Context {
      Unmanaged.fromOpaque(pointer!).takeUnretainedValue()
    }
  }

  /// Sends the request, waits for the answer, and reports the outcome.
  func perform(unless isCancelled: @escaping () -> Bool) {
    let rest = (deadline - System.monotonicNanoseconds()) / 1_000_000
    guard rest > 0 else { return completion(.failed("no answer within \(seconds) seconds")) }
    let context = Context(completion, isCancelled)
    var failure = [CChar](repeating: 0, count: 256)
    let isAnswered = withStrings(headers) { headers in
      address.withCString { url in
        body.withUnsafeBytes { body in
          withExtendedLifetime(context) {
            var post = ccurl_post()
            post.url = url
            post.headers = headers
            post.body = body.baseAddress
            post.body_count = body.count
            post.timeout = Int(rest)
            post.context = Unmanaged.passUnretained(context).toOpaque()
            post.answered = { Context.from($0).completion(.answered(Int($1))) }
            post.is_cancelled = { Context.from($0).isCancelled() }
            return ccurl_perform(&post, &failure, failure.count)
          }
        }
      }
    }
    if !isAnswered {
      let reason = failure.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      completion(.failed(String(decoding: reason, as: UTF8.self)))
    }
  }

  /// Calls `body` with the texts as a C array: pointers, the last one null.
  private func withStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    let bytes = texts.map { Array($0.utf8CString) }
    let flat = bytes.flatMap { $0 }
    return flat.withUnsafeBufferPointer { flat in
      var pointers: [UnsafePointer<CChar>?] = []
      var start = 0
      for text in bytes {
        pointers.append(flat.baseAddress! + start)
        start += text.count
      }
      pointers.append(nil)
      return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
  }
}
