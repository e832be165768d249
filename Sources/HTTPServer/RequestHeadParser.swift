/// Parses one complete head, strictly by RFC 9112: everything that is not clearly valid is refused.
struct RequestHeadParser {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  let limits: HTTPLimits
  let role: ConnectionRole

  /// - Parameter bytes: The head with the empty line that ends it. CR and LF occur only as pairs.
  func parse(_ bytes: Bytes) throws(RequestError) -> RequestHead {
    let lineEnd = bytes.index(of: 13, from: 0)
    let line = try requestLine(Bytes(rebasing: bytes[..<lineEnd]))
    let section = Bytes(rebasing: bytes[(lineEnd + 2)..<(bytes.count - 2)])
    var meaning = FieldMeaning()
    try fieldLines(section) { (name, value) throws(RequestError) in
      try meaning.take(name, value)
    }
    return try head(line, section, meaning)
  }

  // MARK: Request line

  private struct RequestLine {
    var method: HTTPMethod
    var target: Bytes
    var minorVersion: Int
  }

  private func requestLine(_ line: Bytes) throws(RequestError) -> RequestLine {
    var methodEnd = 0
    while methodEnd < line.count, Token.contains(line[methodEnd]) { methodEnd += 1 }
    guard methodEnd > 0, methodEnd < line.count, line[methodEnd] == 0x20 else {
      throw .malformed("The request line does not start with a method and one space.")
    }
    var targetEnd = methodEnd + 1
    while targetEnd < line.count, line[targetEnd] > 0x20, line[targetEnd] < 0x7F { targetEnd += 1 }
    guard targetEnd > methodEnd + 1, targetEnd < line.count, line[targetEnd] == 0x20 else {
      throw .malformed("The request target is empty or has a character that must be encoded.")
    }
    let minor = try version(Bytes(rebasing: line[(targetEnd + 1)...]))
    let name = Bytes(rebasing: line[..<methodEnd])
    guard let method = HTTPMethod(name) else {
      throw name.elementsEqual("TRACE".utf8)
        ? Self.notAllowed : RequestError(501, "The method is not implemented.")
    }
    guard method != .connect || role == .proxy else { throw Self.notAllowed }
    return RequestLine(
      method: method, target: Bytes(rebasing: line[(methodEnd + 1)..<targetEnd]),
      minorVersion: minor)
  }

  private static let notAllowed = RequestError(405, "This method is not allowed here.")

  private func version(_ text: Bytes) throws(RequestError) -> Int {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard text.count == 8, text.starts(with: "HTTP/"), digits.contains(text[5]),
      text[6] == UInt8(ascii: "."), digits.contains(text[7])
    else { throw .malformed("The request line does not end with an HTTP version.") }
    guard text[5] == UInt8(ascii: "1") else {
      throw RequestError(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
    }
    return text[7] == UInt8(ascii: "0") ? 0 : 1
  }

  // MARK: Fields

  /// What the fields say that matters to the connection itself.
  private struct FieldMeaning {
    var host: Bytes?
    var length: Int?
    var isChunked = false
    /// The transfer codings of all fields, in order.
    var codings: [Bytes] = []
    var closes = false
    var keepsAlive = false
    var expectsContinue = false

    mutating func take(_ name: Bytes, _ value: Bytes) throws(RequestError) {
      switch name.count {
      case 4 where equals(name, "host"):
        guard host == nil else { throw .malformed("More than one Host field.") }
        host = value
      case 6 where equals(name, "expect"):
        guard equals(value, "100-continue") else {
          throw RequestError(417, "Only the expectation 100-continue is known.")
        }
        expectsContinue = true
      case 10 where equals(name, "connection"):
        for option in value.split(separator: UInt8(ascii: ",")) {
          let trimmed = trim(Bytes(rebasing: option))
          if equals(trimmed, "close") { closes = true }
          if equals(trimmed, "keep-alive") { keepsAlive = true }
        }
      case 14 where equals(name, "content-length"):
        guard length == nil else { throw .malformed("More than one Content-Length field.") }
        length = try decimal(value)
      case 17 where equals(name, "transfer-encoding"):
        // Several fields mean the same as one with all their values (RFC 9110, section 5.3).
        isChunked = codings.isEmpty && equals(value, "chunked")
        let values = value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        codings += values.map { trim(Bytes(rebasing: $0)) }
      default: break
      }
    }

    /// Refuses every transfer coding but `chunked` alone.
    func requireKnownCoding() throws(RequestError) {
      guard !isChunked, !codings.isEmpty else { return }
      throw unknownCoding
    }

    /// When `chunked` is not the last coding, or is applied twice, the end of the body is unknown.
    /// That counts as malformed, which is worse than an unknown coding (RFC 9112, sections 6.1 and
    /// 6.3).
    private var unknownCoding: RequestError {
      let codings = codings.filter { !$0.isEmpty }
      let chunked = codings.filter { equals($0, "chunked") }.count
      guard codings.count > 1, chunked == 1, equals(codings[codings.count - 1], "chunked") else {
        return .malformed("The last transfer coding is not chunked, or chunked is applied twice.")
      }
      return RequestError(501, "Only the transfer coding chunked is known.")
    }

    private func decimal(_ value: Bytes) throws(RequestError) -> Int {
      guard !value.isEmpty, value.allSatisfy({ $0 &- 0x30 < 10 }) else {
        throw .malformed("Content-Length is not a number.")
      }
      var number = 0
      for byte in value {
        let (product, overflow) = number.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(Int(byte - 0x30))
        // A length that no integer can hold exceeds every limit.
        if overflow || carry { return Int.max }
        number = sum
      }
      return number
    }

    private func trim(_ bytes: Bytes) -> Bytes {
      var slice = bytes[...]
      while let first = slice.first, isOptionalSpace(first) { slice.removeFirst() }
      while let last = slice.last, isOptionalSpace(last) { slice.removeLast() }
      return Bytes(rebasing: slice)
    }

    private func equals(_ bytes: Bytes, _ text: StaticString) -> Bool {
      guard bytes.count == text.utf8CodeUnitCount else { return false }
      for index in 0..<bytes.count where lowercased(bytes[index]) != text.utf8Start[index] {
        return false
      }
      return true
    }
  }

  /// Checks every field line and passes its name and trimmed value to `body`.
  func fieldLines(
    _ section: Bytes, _ body: (Bytes, Bytes) throws(RequestError) -> Void
  ) throws(RequestError) {
    var position = 0
    var count = 0
    while position < section.count {
      count += 1
      guard count <= limits.fields else { throw RequestError(431, "Too many header fields.") }
      guard !isOptionalSpace(section[position]) else {
        throw .malformed("A header field is folded over two lines.")
      }
      var colon = position
      while Token.contains(section[colon]) { colon += 1 }
      guard section[colon] == UInt8(ascii: ":"), colon > position else {
        throw .malformed("A header field's name is empty, or a character in it is not allowed.")
      }
      let end = section.indexOfControl(from: colon + 1, upTo: section.count)
      guard section[end] == 13, section[end + 1] == 10 else {
        throw .malformed("A header field's value has a control character.")
      }
      var first = colon + 1
      var last = end
      while first < last, isOptionalSpace(section[first]) { first += 1 }
      while last > first, isOptionalSpace(section[last - 1]) { last -= 1 }
      try body(
        Bytes(rebasing: section[position..<colon]), Bytes(rebasing: section[first..<last]))
      position = end + 2
    }
  }

  // MARK: Putting it together

  private func head(
    _ line: RequestLine, _ section: Bytes, _ meaning: FieldMeaning
  ) throws(RequestError) -> RequestHead {
    guard let host = meaning.host ?? (line.minorVersion == 0 ? Bytes(start: nil, count: 0) : nil)
    else { throw .malformed("The Host field is missing.") }
    guard Authority.isValid(host) else { throw .malformed("The Host field is invalid.") }
    try meaning.requireKnownCoding()
    let framing: RequestHead.Framing
    if meaning.isChunked {
      guard line.minorVersion > 0 else {
        throw .malformed("HTTP/1.0 has no transfer coding.")
      }
      guard meaning.length == nil else {
        throw .malformed("Content-Length stands beside Transfer-Encoding.")
      }
      framing = .chunked
    } else if let length = meaning.length {
      guard length <= limits.body else { throw .tooLarge(try? target(line).path) }
      framing = length == 0 ? .none : .length(length)
    } else {
      framing = .none
    }
    if line.method == .connect {
      // RFC 9110, section 9.3.6: a CONNECT has no content.
      guard framing == .none else { throw .malformed("A CONNECT has a body.") }
      let authority = try authorityForm(line.target)
      return RequestHead(
        method: .connect, path: authority, query: nil, fields: HTTPFields(wire: Array(section)),
        authority: authority, minorVersion: line.minorVersion,
        keepsAlive: !meaning.closes && (line.minorVersion > 0 || meaning.keepsAlive))
    }
    let target = try target(line)
    let fields = HTTPFields(
      wire: target.authority.map { Self.replacingHost(in: section, by: $0) } ?? Array(section))
    // The field that was added counts like the others.
    if target.authority != nil, meaning.host == nil, fields.all.count > limits.fields {
      throw RequestError(431, "Too many header fields.")
    }
    return RequestHead(
      method: line.method, path: target.path, query: target.query, fields: fields,
      authority: target.authority.map { String(decoding: $0, as: UTF8.self) },
      isProxied: role == .intercepted, minorVersion: line.minorVersion,
      keepsAlive: !meaning.closes && (line.minorVersion > 0 || meaning.keepsAlive),
      framing: framing, expectsContinue: meaning.expectsContinue && line.minorVersion > 0)
  }

  /// A target's parts. The authority is that of the absolute form.
  private typealias Target = (path: String, query: String?, authority: Slice<Bytes>?)

  /// Splits the target into its parts. The scheme of the absolute form is dropped.
  private func target(_ line: RequestLine) throws(RequestError) -> Target {
    var bytes = line.target[...]
    var authority: Slice<Bytes>?
    if bytes.first != UInt8(ascii: "/") {
      if bytes.elementsEqual("*".utf8) {
        guard line.method == .options else {
          throw .malformed("The asterisk form is for OPTIONS alone.")
        }
        return ("*", nil, nil)
      }
      let absolute = try absoluteForm(bytes)
      authority = absolute.authority
      guard let rest = absolute.rest else { return ("/", nil, authority) }
      bytes = rest
    }
    var mark: Int?
    for index in bytes.startIndex..<bytes.endIndex {
      if bytes[index] == UInt8(ascii: "#") {
        throw .malformed("The request target has a fragment.")
      }
      if bytes[index] == UInt8(ascii: "?"), mark == nil { mark = index }
    }
    guard let mark else { return (String(decoding: bytes, as: UTF8.self), nil, authority) }
    let path = bytes[..<mark]
    return (
      path.isEmpty ? "/" : String(decoding: path, as: UTF8.self),
      String(decoding: bytes[(mark + 1)...], as: UTF8.self), authority
    )
  }

  /// The authority of the absolute form, and what follows it; nil when nothing follows.
  private func absoluteForm(
    _ bytes: Slice<Bytes>
  ) throws(RequestError) -> (authority: Slice<Bytes>, rest: Slice<Bytes>?) {
    for scheme in ["http://", "https://"] where bytes.count > scheme.utf8.count {
      guard zip(bytes, scheme.utf8).allSatisfy({ lowercased($0) == $1 }) else { continue }
      let rest = bytes.dropFirst(scheme.utf8.count)
      let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
      let authority = rest[..<(end ?? rest.endIndex)]
      guard let first = authority.first, first != UInt8(ascii: ":"),
        Authority.isValid(Bytes(rebasing: authority))
      else { break }
      return (authority, end.map { rest[$0...] })
    }
    throw .malformed("The request target is neither a path nor an http address.")
  }

  /// The target of a `CONNECT`: a host, a colon and a port, of which none may be missing. (RFC
  /// 9110, section 9.3.6; RFC 9112, section 3.2.3)
  private func authorityForm(_ bytes: Bytes) throws(RequestError) -> String {
    guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), colon > 0, Authority.isValid(bytes),
      bytes[colon - 1] != UInt8(ascii: ":"),
      case let digits = bytes[(colon + 1)...], 1...5 ~= digits.count,
      case let port = digits.reduce(0, { $0 * 10 + Int($1 &- 0x30) }), 1...65_535 ~= port
    else { throw .malformed("The target of a CONNECT is not a host with its port.") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The field lines with another value of `Host`, which is added where it is missing.
  private static func replacingHost(in section: Bytes, by authority: Slice<Bytes>) -> [UInt8] {
    let host = Array("Host: ".utf8) + authority + [13, 10]
    var lines: [UInt8] = []
    var (start, isReplaced) = (0, false)
    while start < section.count {
      let end = section.index(of: 13, from: start) + 2
      let line = section[start..<end]
      if line.count > 5, zip(line, "host:".utf8).allSatisfy({ lowercased($0) == $1 }) {
        lines += host
        isReplaced = true
      } else {
        lines += line
      }
      start = end
    }
    return isReplaced ? lines : host + lines
  }
}
