/// The life of one connection as a pure state machine: events and the time in, actions out.
///
/// One request is under way at a time; pipelined requests wait in the parser. Times are monotonic
/// nanoseconds.
///
/// What the peer, the clock and the server do can happen in any phase, and each event says what it
/// means there. What the connection itself does, such as sending a response, is possible in some
/// phases only: elsewhere it is a fault of the connection's, and ends the process with the names of
/// the event and the phase.
public struct ConnectionState {
  /// What the connection has to do next.
  public enum Action {
    /// Nothing until something happens.
    case wait
    /// Hand the request to the handler; ``responseStarted(closes:now:)`` or
    /// ``streamStarted(closes:isEndless:)`` is due.
    case handle(HTTPRequest)
    /// Send `100 Continue`.
    case sendContinue
    /// Answer with the error and end the connection.
    case refuse(RequestError)
    /// End the body of the stream under way; ``responseSent(now:)`` is due.
    case endStream
    /// Nothing more will be sent: finish sending, and read on until the peer has seen it.
    case linger
    /// Close at once.
    case close
    /// Close at once and drop what was not sent: the peer doesn't read.
    case reset
  }

  private enum Phase: Equatable {
    /// The handshake of TLS is under way.
    case securing
    /// Between requests, or in the middle of receiving one.
    case receiving
    /// A request is with the handler.
    case handling
    /// A response is being sent.
    case sending(closes: Bool)
    /// A response is being sent whose body comes in pieces.
    case streaming(Streaming)
    /// The last response is out; what the peer still sends is dropped.
    case lingering
    /// The connection is one end of a tunnel, and its bytes are no requests any more.
    case tunnelling
    case closed
  }

  private struct Streaming: Equatable {
    let closes: Bool
    let isEndless: Bool
    /// Whether a piece still waits for the peer to take it.
    var isBlocked = false
  }

  /// How long a connection lingers after its last response, or after the last byte that came since
  /// then, in nanoseconds. Closing earlier would reset a peer that still sends, and the reset may
  /// overtake the response.
  static let lingerNanoseconds: Int64 = 2_000_000_000
  /// How long a connection lingers when the server stops, in nanoseconds. Nothing else of a peer
  /// that doesn't close is waited for then.
  static let stopLingerNanoseconds: Int64 = 100_000_000
  /// How long a connection lingers in all, in nanoseconds.
  static let longestLingerNanoseconds: Int64 = 30_000_000_000
  /// How many pipelined bytes wait in memory before reading pauses.
  static let pipelineBytes = 256 * 1024

  private let limits: HTTPLimits
  private var parser: RequestParser
  private var phase = Phase.receiving
  private var deadline: Int64
  private var lingerEnd: Int64 = 0
  /// The parser's progress for which the deadline was set.
  private var watched = RequestParser.Progress.idle
  /// Whether the server stops.
  public private(set) var isStopping = false
  private var isPeerEndSeen = false
  /// Whether the last response is a stream that the server's stop has ended.
  private var isCutShort = false
  /// Whether the peer has finished sending.
  public private(set) var isPeerFinished = false

  /// A new connection.
  ///
  /// - Parameter role: What the connection is to its peer. The default is a server's.
  public init(limits: HTTPLimits, role: ConnectionRole = .server, now: Int64) {
    self.limits = limits
    parser = RequestParser(limits: limits, role: role)
    deadline = now + Self.nanoseconds(limits.idleSeconds)
  }

  /// Whether received bytes are wanted at the moment.
  public var wantsBytes: Bool {
    switch phase {
    case .securing, .receiving, .lingering: !isPeerFinished
    case .sending(closes: true): !isPeerFinished
    case .streaming(let stream) where stream.closes: !isPeerFinished
    case .handling, .sending, .streaming: !isPeerFinished && parser.buffered < Self.pipelineBytes
    case .tunnelling, .closed: false
    }
  }

  /// Whether the connection is one end of a tunnel.
  public var isTunnelling: Bool { phase == .tunnelling }

  /// Bytes that are kept for the next requests.
  public var held: Int { parser.held }

  /// Whether reading pauses during a request, because the limit of pipelined bytes is reached.
  public var isReadingPaused: Bool {
    (phase == .handling || isStreaming) && !isPeerFinished && !wantsBytes
  }

  /// Whether a response is under way that still accepts pieces.
  public var isStreaming: Bool {
    if case .streaming = phase { true } else { false }
  }

  /// Whether the handshake of TLS is under way.
  public var isSecuring: Bool { phase == .securing }

  /// Whether what the peer still sends doesn't matter any more.
  public var isLingering: Bool { phase == .lingering }

  /// Whether the request under way, or the one that is refused, is a `HEAD`.
  public var isHead: Bool { parser.isHead }

  // MARK: Events

  /// Bytes have arrived. Those after the last request of a connection that will close are dropped.
  public mutating func received(_ bytes: UnsafeRawBufferPointer, now: Int64) {
    switch phase {
    case .securing: impossible("received")
    case .tunnelling, .closed, .sending(closes: true): return
    case .streaming(let stream) where stream.closes: return
    case .lingering:
      deadline = min(now + Self.lingerNanoseconds, lingerEnd)
      return
    case .receiving, .handling, .sending, .streaming: break
    }
    parser.append(bytes)
    if phase == .receiving, watched == .body { deadline = now + bodyNanoseconds }
  }

  /// All connections together hold as many bytes as they may. A request that is complete is still
  /// answered.
  public mutating func overloaded(now: Int64) -> Action {
    switch phase {
    case .receiving:
      parser.end()
      return refuse(RequestError(503, "All connections together hold too many bytes."), now)
    case .securing, .handling, .sending, .streaming, .lingering, .tunnelling, .closed: return .wait
    }
  }

  /// TLS begins, on a new connection or instead of an answer: the handshake is awaited.
  ///
  /// - Returns: What has arrived already, which belongs to the handshake.
  public mutating func secure(now: Int64) -> [UInt8] {
    switch phase {
    case .receiving, .handling: break
    case .securing, .sending, .streaming, .lingering, .tunnelling, .closed: impossible("secure")
    }
    phase = .securing
    deadline = now + Self.nanoseconds(limits.handshakeSeconds)
    return parser.takeRest()
  }

  /// The handshake is complete; requests may come.
  public mutating func secured(now: Int64) {
    guard phase == .securing else { impossible("secured") }
    phase = .receiving
    watched = .idle
    deadline = now + Self.nanoseconds(limits.idleSeconds)
  }

  /// The handshake has failed, and the peer has been told why.
  public mutating func securingFailed(now: Int64) -> Action {
    guard phase == .securing else { impossible("securingFailed") }
    return linger(now: now)
  }

  /// The peer speaks plain HTTP where TLS is awaited.
  public mutating func foundPlain(now: Int64) -> Action {
    guard phase == .securing else { impossible("foundPlain") }
    return refuse(.malformed("This port speaks TLS: the address begins with https."), now)
  }

  /// The peer sends no more.
  public mutating func peerFinished() { isPeerFinished = true }

  /// The peer's end was seen behind bytes that are not read yet.
  public mutating func peerEndSeen(now: Int64) -> Action {
    isPeerEndSeen = true
    return endIfEndless(now)
  }

  /// The handler has answered; the response is being sent. Only a request with the handler can be
  /// answered.
  ///
  /// - Returns: Whether the connection ends with this response.
  public mutating func responseStarted(closes: Bool, now: Int64) -> Bool {
    guard case .handling = phase else { impossible("responseStarted") }
    let ends = closes || isStopping
    phase = .sending(closes: ends)
    deadline = now + Self.nanoseconds(limits.writeSeconds)
    return ends
  }

  /// A part of the response went out, or of a `100 Continue` that comes before it, or of what TLS
  /// itself has to say, which gives a handshake and a peer's end no more time.
  public mutating func responseAdvanced(now: Int64) {
    switch phase {
    case .receiving, .handling, .sending, .streaming:
      deadline = now + Self.nanoseconds(limits.writeSeconds)
    case .securing, .lingering: break
    case .tunnelling, .closed: impossible("responseAdvanced")
    }
  }

  /// The handler's request, a `CONNECT`, becomes a tunnel. A server that stops ends it at once.
  ///
  /// - Returns: The bytes that came after the request, which are the tunnel's.
  public mutating func tunnelStarted() -> [UInt8] {
    guard case .handling = phase else { impossible("tunnelStarted") }
    phase = .tunnelling
    return parser.takeRest()
  }

  /// Changes what the connection is to its peer, for the requests that follow.
  public mutating func changeRole(to role: ConnectionRole) { parser.change(to: role) }

  /// The handler has begun a response whose body comes in pieces; the first is the head. Only a
  /// request with the handler can be answered.
  ///
  /// - Parameters:
  ///   - closes: Whether the connection is to end with this response.
  ///   - isEndless: Whether the stream ends when the server stops, and when the peer sends no more.
  ///     Others go on until they are finished.
  /// - Returns: Whether the connection ends with this response.
  public mutating func streamStarted(closes: Bool, isEndless: Bool) -> Bool {
    guard case .handling = phase else { impossible("streamStarted") }
    let ends = closes || isStopping
    phase = .streaming(Streaming(closes: ends, isEndless: isEndless))
    return ends
  }

  /// A piece of the stream under way is being sent, which the peer has to take in time.
  public mutating func pieceStarted(now: Int64) {
    guard case .streaming(var stream) = phase else { impossible("pieceStarted") }
    stream.isBlocked = true
    phase = .streaming(stream)
    deadline = now + Self.nanoseconds(limits.writeSeconds)
  }

  /// The piece has gone out. The stream may now be silent for any time.
  public mutating func pieceSent(now: Int64) -> Action {
    switch phase {
    case .streaming(var stream):
      stream.isBlocked = false
      phase = .streaming(stream)
      return endIfEndless(now)
    // A stop resets a peer that hasn't taken a piece, even if the piece happens to leave at that
    // very moment.
    case .closed: return .wait
    case .securing, .receiving, .handling, .sending, .lingering, .tunnelling:
      impossible("pieceSent")
    }
  }

  /// The last piece of the stream under way is being sent.
  public mutating func streamFinished(now: Int64) {
    guard case .streaming(let stream) = phase else { impossible("streamFinished") }
    phase = .sending(closes: stream.closes)
    deadline = now + Self.nanoseconds(limits.writeSeconds)
  }

  /// The response has gone out to its last byte.
  public mutating func responseSent(now: Int64) -> Action {
    let closes: Bool
    switch phase {
    case .sending(let ends): closes = ends
    // An observer or completion that is told the response is out may end the connection first.
    case .closed: return .wait
    case .securing, .receiving, .handling, .streaming, .lingering, .tunnelling:
      impossible("responseSent")
    }
    if closes { return linger(now: now) }
    phase = .receiving
    watched = .idle
    deadline = now + Self.nanoseconds(limits.idleSeconds)
    return next(now: now)
  }

  /// The server stops: idle connections and endless streams end now, others with their response.
  public mutating func stop(now: Int64) -> Action {
    isStopping = true
    switch phase {
    case .securing: return close()
    case .receiving where parser.progress == .idle: return close()
    case .tunnelling: return close()
    case .streaming: return endIfEndless(now)
    case .lingering:
      cutLinger(now: now)
      return .wait
    case .receiving, .handling, .sending, .closed: return .wait
    }
  }

  /// Ends a connection on which nothing more is sent.
  private mutating func linger(now: Int64) -> Action {
    phase = .lingering
    deadline = now + Self.lingerNanoseconds
    lingerEnd = now + Self.longestLingerNanoseconds
    if isStopping { cutLinger(now: now) }
    // The server doesn't wait for the peer of an endless stream, so that a stop ends at once.
    return isPeerFinished || isCutShort ? close() : .linger
  }

  private mutating func cutLinger(now: Int64) {
    lingerEnd = min(lingerEnd, now + Self.stopLingerNanoseconds)
    deadline = min(deadline, lingerEnd)
  }

  /// Time has passed.
  public mutating func tick(now: Int64) -> Action {
    guard now >= deadline else { return .wait }
    switch phase {
    case .securing: return close()
    case .receiving where parser.progress == .idle: return close()
    case .receiving: return refuse(RequestError(408, "The request did not arrive in time."), now)
    case .handling, .tunnelling: return .wait
    case .streaming(let stream) where !stream.isBlocked: return .wait
    case .sending, .streaming: return reset()
    case .lingering, .closed: return close()
    }
  }

  // MARK: Actions

  /// What to do with what has come so far.
  public mutating func next(now: Int64) -> Action {
    switch phase {
    case .receiving: break
    case .securing, .lingering:
      return isPeerFinished ? close() : .wait
    case .streaming: return endIfEndless(now)
    case .handling, .sending, .tunnelling, .closed: return .wait
    }
    switch parser.next() {
    case .request(let request):
      phase = .handling
      return .handle(request)
    case .continueExpected:
      watch(now: now)
      return .sendContinue
    case .failed(let error):
      return refuse(error, now)
    case .needsMore:
      if isPeerFinished {
        return parser.progress == .idle
          ? close() : refuse(.malformed("The request ends before it is complete."), now)
      }
      if isStopping, parser.progress == .idle { return close() }
      watch(now: now)
      return .wait
    }
  }

  /// Sets the deadline when the request enters its head or its body.
  private mutating func watch(now: Int64) {
    let progress = parser.progress
    guard progress != watched else { return }
    watched = progress
    switch progress {
    case .idle, .failed: deadline = now + Self.nanoseconds(limits.idleSeconds)
    case .head: deadline = now + Self.nanoseconds(limits.headSeconds)
    case .body: deadline = now + bodyNanoseconds
    }
  }

  private mutating func refuse(_ error: RequestError, _ now: Int64) -> Action {
    phase = .sending(closes: true)
    deadline = now + Self.nanoseconds(limits.writeSeconds)
    return .refuse(error)
  }

  private mutating func close() -> Action {
    phase = .closed
    return .close
  }

  private mutating func reset() -> Action {
    phase = .closed
    return .reset
  }

  /// Ends the process: the connection reported an event that can't happen in this phase.
  private func impossible(_ event: StaticString) -> Never {
    fatalError("\(event) can't happen to a connection that is \(phase)")
  }

  /// Ends an endless stream when the server stops or the peer has finished sending. A stop resets a
  /// peer that hasn't taken everything, so that it need not wait.
  private mutating func endIfEndless(_ now: Int64) -> Action {
    guard case .streaming(let stream) = phase, stream.isEndless,
      isStopping || isPeerFinished || isPeerEndSeen
    else { return .wait }
    if stream.isBlocked { return isStopping ? reset() : .wait }
    phase = .sending(closes: stream.closes)
    isCutShort = isStopping && stream.closes
    deadline = isStopping ? now : now + Self.nanoseconds(limits.writeSeconds)
    return .endStream
  }

  private var bodyNanoseconds: Int64 { Self.nanoseconds(limits.bodySeconds) }

  /// Longer times, infinity included, count as 10⁹ seconds, some thirty years.
  private static func nanoseconds(_ seconds: Double) -> Int64 { Int64(min(seconds, 1e9) * 1e9) }
}
