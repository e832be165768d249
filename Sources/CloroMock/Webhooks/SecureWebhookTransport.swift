import Dispatch
import Foundation
import HTTPServer
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Sends webhooks to `https` receivers by URLSession.
///
/// `@unchecked Sendable`: `exchanges` is behind a mutex; everything else is touched on `starting`
/// alone.
final class SecureWebhookTransport: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  private struct Exchange {
    let task: URLSessionDataTask
    let completion: @Sendable (OneShotClient.Outcome) -> Void
  }

  private let exchanges = Mutex<[Int: Exchange]>([:])
  private let starting = DispatchQueue(label: "cloro-mock.webhooks")
  private var isClosed = false
  private lazy var session: URLSession = {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = WebhookTransport.timeout
    configuration.httpCookieStorage = nil
    configuration.urlCache = nil
    configuration.connectionProxyDictionary = [:]
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    return URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
  }()

  /// Sends one attempt.
  ///
  /// - Parameter completion: Called once, on any thread.
  func send(
    _ body: [UInt8], to address: String, headers: [(name: String, value: String)],
    completion: @escaping @Sendable (OneShotClient.Outcome) -> Void
  ) {
    guard let url = URL(string: address) else { return completion(.failed("not an address")) }
    starting.async { [self] in
      guard !isClosed else { return completion(.failed("stopped")) }
      var request = URLRequest(url: url)
      request.httpMethod = "POST"
      request.httpBody = Data(body)
      for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
      let task = session.dataTask(with: request)
      exchanges.withLock { $0[task.taskIdentifier] = Exchange(task: task, completion: completion) }
      task.resume()
      // The session's own timeouts start anew with every byte.
      starting.asyncAfter(deadline: .now() + WebhookTransport.timeout) { [self] in
        finish(task.taskIdentifier, .failed("no answer within 10 seconds"))
      }
    }
  }

  /// Ends all attempts; what comes later fails.
  func close() {
    starting.async { [self] in
      isClosed = true
      for exchange in exchanges.withLock({ Array($0.values) }) { exchange.task.cancel() }
    }
  }

  /// Tells the outcome, once, and wants nothing more of the receiver.
  private func finish(_ identifier: Int, _ outcome: OneShotClient.Outcome) {
    guard let exchange = exchanges.withLock({ $0.removeValue(forKey: identifier) }) else { return }
    exchange.completion(outcome)
    exchange.task.cancel()
  }

  // MARK: URLSessionDataDelegate

  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    completionHandler(nil)
    finish(task.taskIdentifier, .answered(response.statusCode))
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    completionHandler(.allow)
    if let response = response as? HTTPURLResponse {
      finish(dataTask.taskIdentifier, .answered(response.statusCode))
    }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: Error?) {
    let status = (task.response as? HTTPURLResponse)?.statusCode
    finish(
      task.taskIdentifier,
      status.map { .answered($0) } ?? .failed(error?.localizedDescription ?? "no answer"))
  }
}
