@testable import HTTPServer

/// A parser's result in a form that can be compared.
enum ParserEvent: Equatable, CustomStringConvertible {
  case request(HTTPMethod, String, query: String?, fields: HTTPFields, body: [UInt8])
  case failed(Int)

  var description: String {
    switch self {
    case .request(let method, let path, let query, let fields, let body):
      "\(method.rawValue) \(path)?\(query ?? "-") \(fields.all) \(body.count) bytes"
    case .failed(let status): "\(status)"
    }
  }

  /// Feeds a new parser with the pieces between the cuts.
  ///
  /// `100 Continue` is left out, because whether the parser asks for it depends on the cuts, which
  /// is right.
  static func all(
    _ bytes: [UInt8], cutAt cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()
  ) -> [ParserEvent] {
    var parser = RequestParser(limits: limits)
    var events: [ParserEvent] = []
    var start = 0
    for end in cuts + [bytes.count] {
      parser.append(bytes[start..<end])
      start = end
      steps: while true {
        switch parser.next() {
        case .needsMore: break steps
        case .continueExpected: continue
        case .request(let request):
          events.append(
            .request(
              request.method, request.path, query: request.query, fields: request.fields,
              body: request.body))
        case .failed(let error): events.append(.failed(error.status))
        }
      }
    }
    return events
  }
}
