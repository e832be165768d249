import CCurl
import Platform

/// Asks an HTTP server and waits for the whole answer, with the system's libcurl: verified TLS, no
/// redirects, no proxies, bounded in time and bytes.
struct UpstreamClient: Sendable {
  /// An answer as it came.
  struct Answer: Sendable {
    var status = 0
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    /// The first value of a header, whose name may be written in any case.
    subscript(name: String) -> String? {
      let name = name.lowercased()
      return headers.first { $0.name.lowercased() == name }?.value
    }
  }

  /// Why there is no answer.
  struct Failure: Error {
    let reason: String
  }

  /// The most bytes of an answer's body. [chosen]
  static let longestBody = 32 << 20
  /// Whether libcurl is there. To be called before several threads ask at a time.
  static var isUsable: Bool { ccurl_is_there() }

  /// The address that paths are appended to, without a slash at its end.
  let base: String
  /// The file of the certificates to trust; nil takes the system's.
  var authorities: String?
  /// Whether a request that is under way shall go on, asked about once a second. The default is
  /// always.
  var goesOn: @Sendable () -> Bool = { true }

  /// Sends a request.
  ///
  /// - Parameters:
  ///   - headers: Complete lines.
  ///   - seconds: How long it may take in all.
  func send(
    _ method: String, _ path: String, headers: [String] = [], body: [UInt8]? = nil,
    within seconds: Int = 30
  ) throws(Failure) -> Answer {
    let collector = Collector(goesOn)
    let lines = body == nil ? headers : headers + ["Content-Type: application/json"]
    var failure = [CChar](repeating: 0, count: 256)
    let status = withStrings(lines) { lines in
      method.withCString { method in
        (base + path).withCString { url in
          withOptionalString(authorities) { authorities in
            // libcurl takes a body without bytes for none.
            (body ?? []).withUnsafeBytes { bytes in
              var request = ccurl_request()
              request.method = method
              request.url = url
              request.headers = lines
              request.body = body == nil ? nil : bytes.baseAddress
              request.body_count = bytes.count
              request.authorities = authorities
              request.milliseconds = seconds * 1000
              request.most = Self.longestBody
              request.context = Unmanaged.passUnretained(collector).toOpaque()
              request.header = { Collector.from($0).take(header: $1, $2) }
              request.content = { Collector.from($0).take(content: $1, $2) }
              request.goes_on = { Collector.from($0).goesOn() }
              return ccurl_fetch(&request, &failure, failure.count)
            }
          }
        }
      }
    }
    guard status > 0 else {
      let reason = String(decoding: failure.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      throw Failure(reason: status < 0 ? "libcurl (Debian's libcurl4) is not there" : reason)
    }
    collector.answer.status = Int(status)
    return collector.answer
  }

  /// What libcurl has read. Touched by the thread that waits, and by no other.
  private final class Collector {
    var answer = Answer()
    let goesOn: @Sendable () -> Bool

    init(_ goesOn: @escaping @Sendable () -> Bool) { self.goesOn = goesOn }

    static func from(_ context: UnsafeMutableRawPointer?) -> Collector {
      Unmanaged.fromOpaque(context!).takeUnretainedValue()
    }

    func take(header line: UnsafePointer<CChar>?, _ count: Int) {
      let bytes = UnsafeRawBufferPointer(start: line, count: count)
      let text = String(decoding: bytes, as: UTF8.self)
      // Each head begins anew, that of an interim answer too.
      if text.hasPrefix("HTTP/") {
        answer.headers = []
        return
      }
      guard let colon = text.firstIndex(of: ":") else { return }
      answer.headers.append(
        (String(text[..<colon]), Self.trimmed(text[text.index(after: colon)...])))
    }

    func take(content: UnsafeRawPointer?, _ count: Int) {
      answer.body += UnsafeRawBufferPointer(start: content, count: count)
    }

    private static func trimmed(_ text: Substring) -> String {
      let start = text.drop(while: \.isWhitespace)
      let end = start.lastIndex { !$0.isWhitespace }
      return end.map { String(start[...$0]) } ?? ""
    }
  }
}
