import Bytes

/// An answer: status, fields and body. The server adds `Date`, `Connection`, and `Content-Length`
/// or, for a stream, `Transfer-Encoding`.
public struct HTTPResponse: Sendable {
  /// The status code, 200…599.
  public var status: Int
  /// The header fields, without those that the server adds.
  public var fields: HTTPFields
  /// The body; left out on the wire when the request was `HEAD` and when the status is 204 or 304.
  public var body: [UInt8]
  /// Which part of the response is sent. The default is all of it.
  public var extent = Extent.whole

  /// Which part of a response is sent. Sending anything but the whole ends the connection.
  public enum Extent: Sendable, Equatable {
    case whole
    /// The head with the whole body's length, and that many bytes of the body.
    case cut(Int)
    /// The body alone, without status and fields.
    case bodyAlone
  }

  /// Creates a response.
  public init(status: Int, fields: HTTPFields = HTTPFields(), body: [UInt8] = []) {
    self.status = status
    self.fields = fields
    self.body = body
  }
}

extension HTTPResponse {
  /// Appends the response as it stands on the wire.
  ///
  /// - Parameters:
  ///   - output: Where to append.
  ///   - date: The value of the `Date` field (RFC 9110, section 6.6.1).
  ///   - isHead: Whether to leave out the body, as `HEAD` asks.
  ///   - closes: Whether the connection ends with this response.
  ///   - minorVersion: The request's HTTP/1.x version; an HTTP/1.0 connection that is kept alive
  ///     must say so.
  func write(
    to output: inout [UInt8], date: [UInt8], isHead: Bool, closes: Bool, minorVersion: Int
  ) {
    if extent == .bodyAlone { return output.append(contentsOf: body) }
    writeHead(
      to: &output, date: date, framing: .length(body.count), closes: closes,
      minorVersion: minorVersion)
    guard hasBody, !isHead else { return }
    if case .cut(let count) = extent {
      output.append(contentsOf: body.prefix(count))
    } else {
      output.append(contentsOf: body)
    }
  }

  /// Whether responses of this status have a body at all. For the other statuses a client reads
  /// none (RFC 9110, sections 15.3.5 and 15.4.5).
  var hasBody: Bool { status != 204 && status != 304 }

  /// Appends status line and fields with the empty line that ends them.
  ///
  /// - Parameter framing: How the body's end is marked; the other parameters are those of
  ///   ``write(to:date:isHead:closes:minorVersion:)``.
  func writeHead(
    to output: inout [UInt8], date: [UInt8], framing: BodyFraming, closes: Bool, minorVersion: Int
  ) {
    if status == 200 {
      // The most frequent status line, in one piece.
      output.append("HTTP/1.1 200 OK\r\n")
    } else {
      output.append("HTTP/1.1 ")
      output.append(decimal: Int64(status))
      output.append(UInt8(ascii: " "))
      output.append(Self.reason(status))
      output.append("\r\n")
    }
    output.append(contentsOf: fields.wire)
    output.append("Date: ")
    output.append(contentsOf: date)
    if hasBody { framing.appendField(to: &output) }
    if closes {
      output.append("\r\nConnection: close")
    } else if minorVersion == 0 {
      output.append("\r\nConnection: keep-alive")
    }
    output.append("\r\n\r\n")
  }

  /// The reason phrase of a status code.
  static func reason(_ status: Int) -> StaticString { phrase(of: status) ?? "Unknown" }

  /// What a status code is called (RFC 9110, section 15, and IANA's registry; 499 is nginx's); nil
  /// when it has no name.
  package static func phrase(of status: Int) -> StaticString? {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 402: "Payment Required"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 407: "Proxy Authentication Required"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 411: "Length Required"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 416: "Range Not Satisfiable"
    case 417: "Expectation Failed"
    case 421: "Misdirected Request"
    case 422: "Unprocessable Content"
    case 423: "Locked"
    case 424: "Failed Dependency"
    case 425: "Too Early"
    case 426: "Upgrade Required"
    case 428: "Precondition Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 451: "Unavailable For Legal Reasons"
    case 499: "Client Closed Request"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    case 506: "Variant Also Negotiates"
    case 507: "Insufficient Storage"
    case 508: "Loop Detected"
    case 511: "Network Authentication Required"
    default: nil
    }
  }
}
