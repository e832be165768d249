import Dispatch
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Sends webhooks by URLSession: no redirect is followed, and no more of an answer is read than its
/// status needs.
///
/// `@unchecked Sendable`: `exchanges` is behind a mutex, and the session is made once, before it is
/// used.
final class WebhookTransport: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  /// What came of an attempt.
  enum Outcome: Sendable, Equatable {
    /// The receiver's status.
    case answered(Int)
    /// Why there was no answer.
    case failed(String)
  }

  private struct Exchange {
    var status: Int?
    var received = 0
    let completion: @Sendable (Outcome) -> Void
  }

  /// How long an attempt may take, in seconds. [contract: webhooks]
  private static let timeout = 10.0
  /// How much of an answer's body is taken before the rest is refused, in bytes.
  private static let longestAnswer = 64 * 1024

  private let exchanges = Mutex<[Int: Exchange]>([:])
  private lazy var session: URLSession = {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = Self.timeout
    configuration.timeoutIntervalForResource = Self.timeout
    configuration.httpCookieStorage = nil
    configuration.urlCache = nil
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    return URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
  }()
  private let starting = DispatchQueue(label: "cloro-mock.webhooks")

  /// Sends one attempt.
  ///
  /// - Parameter completion: Called once, on a queue of the session's.
  func send(
    _ body: [UInt8], to address: String, headers: [(name: String, value: String)],
    completion: @escaping @Sendable (Outcome) -> Void
  ) {
    guard let url = URL(string: address) else { return completion(.failed("not an address")) }
    starting.async { [self] in
      var request = URLRequest(url: url)
      request.httpMethod = "POST"
      request.httpBody = Data(body)
      for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
      let task = session.dataTask(with: request)
      exchanges.withLock { $0[task.taskIdentifier] = Exchange(completion: completion) }
      task.resume()
    }
  }

  /// Ends all attempts.
  func close() { starting.async { [self] in session.invalidateAndCancel() } }

  // MARK: URLSessionDataDelegate

  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    let status = (response as? HTTPURLResponse)?.statusCode
    exchanges.withLock { $0[dataTask.taskIdentifier]?.status = status }
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let isTooLong = exchanges.withLock { exchanges in
      exchanges[dataTask.taskIdentifier]?.received += data.count
      return exchanges[dataTask.taskIdentifier].map { $0.received > Self.longestAnswer } ?? false
    }
    if isTooLong { dataTask.cancel() }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: Error?) {
    guard let exchange = exchanges.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else {
      return
    }
    // A status that has come counts, whatever became of the rest.
    let status = exchange.status ?? (task.response as? HTTPURLResponse)?.statusCode
    exchange.completion(
      status.map { .answered($0) }
        ?? .failed(error.map { "\($0.localizedDescription)" } ?? "no answer"))
  }
}
