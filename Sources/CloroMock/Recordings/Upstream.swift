import CCurl
import JSON
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

  struct Failure: Error {
    let reason: String
  }

  /// How many requests are under way at a time; others wait. [chosen]
  private static let workers = 16
  /// How long a request may take in all, in seconds: an attempt's window and a little more.
  private static let seconds = 330
  /// The most bytes of an answer. [chosen]
  private static let longest = 32 << 20

  let place: Place
  private let queues = (0..<workers).map { _ in SerialQueue() }
  private let loads = Mutex(Array(repeating: 0, count: workers))

  init(_ place: Place) { self.place = place }

  /// Whether libcurl is there. To be called before the first request.
  static var isUsable: Bool { ccurl_is_there() }

  /// Makes the threads.
  func start() throws(SystemError) { for queue in queues { try queue.start() } }

  /// Asks, and calls back on a thread of its own.
  ///
  /// - Parameters:
  ///   - body: What is posted; nil for a `GET`.
  ///   - delay: Nanoseconds of real time to wait before.
  func ask(
    _ path: String, posting body: [UInt8]?, after delay: Int64 = 0,
    completion: @escaping @Sendable (Result<Answer, Failure>) -> Void
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

  private func fetch(_ path: String, _ body: [UInt8]?) -> Result<Answer, Failure> {
    let lines = [
      "Authorization: Bearer \(place.key)", "Accept: application/json",
      "Content-Type: application/json",
    ]
    let start = System.monotonicNanoseconds()
    var answer = ccurl_answer()
    let isAnswered = (place.url + path).withCString { url in
      Self.withLines(lines) { headers in
        Self.withOptional(place.authorities) { authorities in
          // A null pointer would make a POST without a body a GET.
          (body ?? [0]).withUnsafeBytes { bytes in
            var request = ccurl_request()
            request.url = url
            request.headers = headers
            request.body = body == nil ? nil : bytes.baseAddress
            request.body_count = body?.count ?? 0
            request.authorities = authorities
            request.seconds = Self.seconds
            request.longest = Self.longest
            return ccurl_fetch(&request, &answer)
          }
        }
      }
    }
    guard isAnswered else {
      let reason = withUnsafeBytes(of: answer.failure) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      return .failure(Failure(reason: reason))
    }
    defer { ccurl_release(&answer) }
    let head = UnsafeRawBufferPointer(start: answer.head, count: answer.head_count)
    let content = UnsafeRawBufferPointer(start: answer.body, count: answer.body_count)
    guard let (status, headers) = Self.read(String(decoding: head, as: UTF8.self)) else {
      return .failure(Failure(reason: "the answer has no status"))
    }
    return .success(
      Answer(
        status: status, headers: headers, body: Array(content),
        latencyMs: (System.monotonicNanoseconds() - start) / 1_000_000))
  }

  /// The status and the fields of the last head.
  static func read(_ head: String) -> (status: Int, headers: [(name: String, value: String)])? {
    var (status, headers): (Int?, [(name: String, value: String)]) = (nil, [])
    for line in head.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("HTTP/") {
        status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        headers = []
      } else if let colon = line.firstIndex(of: ":") {
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        headers.append((String(line[..<colon]), String(value)))
      }
    }
    return status.map { ($0, headers) }
  }

  private static func withLines<Result>(
    _ lines: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    let flat = lines.map { Array($0.utf8CString) }
    return flat.reduce([CChar](), +).withUnsafeBufferPointer { buffer in
      var (pointers, start): ([UnsafePointer<CChar>?], Int) = ([], 0)
      for line in flat {
        pointers.append(buffer.baseAddress! + start)
        start += line.count
      }
      pointers.append(nil)
      return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
    }
  }

  private static func withOptional<Result>(
    _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
  ) -> Result {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
  }
}
