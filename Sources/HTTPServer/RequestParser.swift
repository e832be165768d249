/// An incremental, strict HTTP/1.x request parser. A pure value: bytes in, requests out.
///
/// Feed it with ``append(_:)`` and call ``next()`` until it asks for more. After an error it gives
/// nothing more: what follows a malformed request is never read as another one.
public struct RequestParser {
  /// The result of parsing the bytes so far.
  public enum Step {
    /// The next request is not complete.
    case needsMore
    /// The client waits for `100 Continue` before it sends the body. Returned once a request.
    case continueExpected
    /// A complete request.
    case request(HTTPRequest)
    /// The request can't be parsed. Returned once; nothing follows.
    case failed(RequestError)
  }

  /// How far the next request has come.
  public enum Progress: Equatable {
    /// No byte of it has come.
    case idle
    case head
    case body
    /// After an error.
    case failed
  }

  private enum State {
    case head
    case fixed(RequestHead, body: [UInt8], missing: Int)
    case chunked(RequestHead, ChunkedBody)
    case failed
  }

  /// The largest buffer that a connection keeps while nothing is buffered, in bytes.
  private static let keptCapacity = 4096
  /// The largest head that is kept for the next request, in bytes.
  private static let keptHead = 1024

  private let limits: HTTPLimits
  private var role: ConnectionRole
  private var state = State.head
  private var hasToldContinue = false
  /// Whether the one empty line allowed before a request line was taken (RFC 9112, section 2.2).
  private var hasSkippedEmptyLine = false
  /// The method of the request whose head is complete and whose body is not.
  private var method: HTTPMethod?
  /// Received bytes; those before `start` have been consumed.
  private var inbox: [UInt8] = []
  private var start = 0
  /// How far the head has been searched for its end, counted from `start`.
  private var searched = 0
  /// Whether the search is past the request line.
  private var hasLine = false

  /// The last head with its bytes, unless it is large, because the next request mostly has the same
  /// one.
  private var last: (bytes: [UInt8], head: RequestHead)?

  /// Creates a parser at the start of a connection.
  ///
  /// - Parameter role: What the connection is to its peer. The default is a server's.
  public init(limits: HTTPLimits = HTTPLimits(), role: ConnectionRole = .server) {
    self.limits = limits
    self.role = role
  }

  /// Bytes received and not yet used.
  public var buffered: Int { inbox.count - start }

  /// Bytes held for the next requests: the buffered ones, and the received part of a body.
  public var held: Int {
    switch state {
    case .fixed(_, let body, _): buffered + body.count
    case .chunked(_, let chunked): buffered + chunked.body.count
    case .head, .failed: buffered
    }
  }

  /// How far the next request has come.
  public var progress: Progress {
    switch state {
    case .head: buffered == 0 ? .idle : .head
    case .fixed, .chunked: .body
    case .failed: .failed
    }
  }

  /// Whether the next request, or the one that failed, is a `HEAD`: its answer has no body.
  public var isHead: Bool {
    if let method { method == .head } else { inbox[start...].starts(with: "HEAD ".utf8) }
  }

  /// Adds received bytes; after an error they are dropped.
  public mutating func append(_ bytes: some Collection<UInt8>) {
    if case .failed = state { return }
    inbox.append(contentsOf: bytes)
  }

  /// Takes the next step with the bytes received so far.
  public mutating func next() -> Step {
    do throws(RequestError) {
      return try step()
    } catch {
      end()
      return .failed(error)
    }
  }

  /// Changes what the connection is to its peer, between two requests.
  mutating func change(to role: ConnectionRole) {
    self.role = role
    last = nil
  }

  /// Drops what has been received, as after an error.
  public mutating func end() {
    method = isHead ? .head : .get
    state = .failed
    inbox = []
    start = 0
    last = nil
  }

  /// Gives away what was received behind the last request, and begins anew.
  public mutating func takeRest() -> [UInt8] {
    let rest = Array(inbox[start...])
    self = RequestParser(limits: limits, role: role)
    return rest
  }

  private mutating func step() throws(RequestError) -> Step {
    if case .head = state {
      guard let head = try takeHead() else { return .needsMore }
      switch head.framing {
      case .none: return complete(head, body: [])
      case .length(let length):
        if buffered >= length {
          let body = Array(inbox[start..<(start + length)])
          use(length)
          return complete(head, body: body)
        }
        state = .fixed(head, body: [], missing: length)
      case .chunked: state = .chunked(head, ChunkedBody(limits: limits, path: head.path))
      }
    }
    return try stepBody()
  }

  private mutating func stepBody() throws(RequestError) -> Step {
    let head: RequestHead
    switch state {
    case .fixed(let current, var body, var missing):
      head = current
      // The state is changed first, so that the array is uniquely referenced and appending doesn't
      // copy it.
      state = .head
      let count = min(missing, buffered)
      body.append(contentsOf: inbox[start..<(start + count)])
      use(count)
      missing -= count
      if missing == 0 { return complete(head, body: body) }
      state = .fixed(head, body: body, missing: missing)
    case .chunked(let current, var chunked):
      head = current
      state = .head
      let range = start..<inbox.count
      let used = try inbox.withUnsafeBufferPointer { (bytes) throws(RequestError) in
        try chunked.consume(UnsafeBufferPointer(rebasing: bytes[range]))
      }
      use(used)
      if chunked.isComplete { return complete(head, body: chunked.body) }
      state = .chunked(head, chunked)
    case .head, .failed:
      return .needsMore
    }
    if head.expectsContinue, !hasToldContinue {
      hasToldContinue = true
      return .continueExpected
    }
    return .needsMore
  }

  private mutating func complete(_ head: RequestHead, body: [UInt8]) -> Step {
    state = .head
    method = nil
    hasToldContinue = false
    hasSkippedEmptyLine = false
    return .request(HTTPRequest(head, body: body))
  }

  /// Consumes bytes; when all are consumed, the buffer starts at its beginning again.
  private mutating func use(_ count: Int) {
    start += count
    searched = 0
    hasLine = false
    if start == inbox.count {
      inbox.removeAll(keepingCapacity: inbox.capacity <= Self.keptCapacity)
      start = 0
    } else if start > 64 * 1024 {
      inbox.removeFirst(start)
      start = 0
    }
  }

  // MARK: Head

  private mutating func takeHead() throws(RequestError) -> RequestHead? {
    if !hasSkippedEmptyLine, buffered >= 2, inbox[start] == 13, inbox[start + 1] == 10 {
      hasSkippedEmptyLine = true
      use(2)
    }
    if let last, inbox.has(last.bytes, at: start) {
      use(last.bytes.count)
      method = last.head.method
      return last.head
    }
    guard let length = try headLength() else { return nil }
    let range = start..<(start + length)
    let head = try inbox.withUnsafeBufferPointer { (bytes) throws(RequestError) in
      try RequestHeadParser(limits: limits, role: role).parse(
        UnsafeBufferPointer(rebasing: bytes[range]))
    }
    last = length <= Self.keptHead ? (Array(inbox[range]), head) : nil
    use(length)
    method = head.method
    return head
  }

  /// The length of the head with its empty line, or nil when its end has not come.
  ///
  /// Every byte is examined once, and the first one that isn't allowed in its place decides the
  /// error, however the bytes were split into packets.
  private mutating func headLength() throws(RequestError) -> Int? {
    // A line may be as long as its limit, and its CR LF begins with the byte after that.
    let lineBound = min(limits.requestLine + 1, limits.head)
    var index = searched
    var isPastLine = hasLine
    let length = try inbox.withUnsafeBufferPointer { (bytes) throws(RequestError) -> Int? in
      let head = UnsafeBufferPointer(rebasing: bytes[start...])
      var bound = min(head.count, isPastLine ? limits.head : lineBound)
      while true {
        index = head.indexOfControl(from: index, upTo: bound)
        guard index < bound else { return nil }
        let byte = head[index]
        // Whether it is allowed depends on where it stands, which the head's parser decides.
        if byte == 0x7F {
          index += 1
          continue
        }
        guard byte == 13 else { throw Self.misplaced(byte) }
        // A CR can only be judged with the byte after it.
        guard index + 1 < head.count else { return nil }
        guard head[index + 1] == 10 else { throw Self.misplaced(byte) }
        if index == 0 { throw .malformed("The request line is empty.") }
        if isPastLine, head[index - 1] == 10 { return index + 2 }
        isPastLine = true
        bound = min(head.count, limits.head)
        index += 2
      }
    }
    hasLine = isPastLine
    searched = index
    if !hasLine, index >= lineBound {
      throw RequestError(414, "The request line is too long.")
    }
    if length ?? index > limits.head || length == nil && index == limits.head {
      throw RequestError(431, "The head is too large.")
    }
    return length
  }

  private static func misplaced(_ byte: UInt8) -> RequestError {
    switch byte {
    case 10: .malformed("A line ends in bare LF.")
    case 13: .malformed("A CR stands without LF.")
    default: .malformed("The head has a control character.")
    }
  }
}
