@testable import HTTPServer

/// The request parser: the same requests are parsed however the bytes are split, nothing follows a
/// refusal, and a request that is written reads back as the same request.
enum RequestFuzzing {
  private enum Event: Equatable {
    case request(Reading)
    case failed(RequestError)
  }

  /// A request in a form that can be compared.
  private struct Reading: Equatable {
    let method: HTTPMethod
    let path: String
    let query: String?
    let fields: HTTPFields
    let body: [UInt8]
    let minorVersion: Int
    let keepsAlive: Bool

    init(_ request: HTTPRequest) {
      method = request.method
      path = request.path
      query = request.query
      fields = request.fields
      body = request.body
      minorVersion = request.minorVersion
      keepsAlive = request.keepsAlive
    }
  }

  static func check(_ bytes: [UInt8]) {
    for limits in [HTTPLimits(), tight] {
      let whole = events(bytes, cutAt: [], limits)
      require(
        whole.dropLast().allSatisfy { if case .request = $0 { true } else { false } },
        "something follows a refusal")
      for cuts in Cuts.all(of: bytes) {
        require(
          events(bytes, cutAt: cuts, limits) == whole, "cut at \(cuts), other requests come out")
      }
      for case .request(let reading) in whole where limits.body > tight.body { checkAgain(reading) }
    }
  }

  /// Limits that short inputs reach.
  private static let tight: HTTPLimits = {
    var limits = HTTPLimits()
    limits.requestLine = 48
    limits.head = 160
    limits.fields = 5
    limits.body = 32
    return limits
  }()

  private static func events(_ bytes: [UInt8], cutAt cuts: [Int], _ limits: HTTPLimits) -> [Event] {
    var parser = RequestParser(limits: limits)
    var events: [Event] = []
    var start = 0
    for end in cuts + [bytes.count] {
      parser.append(bytes[start..<end])
      start = end
      var continues = 0
      steps: while true {
        switch parser.next() {
        case .needsMore: break steps
        case .continueExpected:
          continues += 1
          require(continues <= 1 + events.count, "the continuation is asked for again and again")
        case .request(let request):
          require(request.body.count <= limits.body, "a body over the limit")
          require(request.fields.all.count <= limits.fields, "more fields than the limit")
          events.append(.request(Reading(request)))
        case .failed(let error):
          require((400...505).contains(error.status), "no error status: \(error.status)")
          require(parser.buffered == 0, "bytes are kept after a refusal")
          events.append(.failed(error))
        }
      }
    }
    return events
  }

  /// Writes a request in its simplest form, and parses it.
  private static func checkAgain(_ reading: Reading) {
    let target = reading.path + (reading.query.map { "?" + $0 } ?? "")
    var bytes = Array(
      "\(reading.method.rawValue) \(target) HTTP/1.\(reading.minorVersion)\r\n".utf8)
    var isChunked = false
    for field in reading.fields.all {
      let name = field.name.lowercased()
      isChunked = isChunked || name == "transfer-encoding"
      require(
        !field.value.utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 }, "a value has a line end")
    }
    bytes += reading.fields.wire + [13, 10]
    if isChunked, !reading.body.isEmpty {
      bytes +=
        Array(String(reading.body.count, radix: 16).utf8) + [13, 10] + reading.body + [13, 10]
    } else if !isChunked {
      bytes += reading.body
    }
    if isChunked { bytes += Array("0\r\n\r\n".utf8) }
    require(
      events(bytes, cutAt: [], HTTPLimits()) == [.request(reading)],
      "written again, it reads otherwise")
  }
}
