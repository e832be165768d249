@testable import HTTPServer

/// A connection's state machine with a clock that the test moves.
struct ConnectionDriver {
  /// An action in a form that can be compared.
  enum Step: Equatable {
    case wait
    case handle(String)
    case sendContinue
    case refuse(Int)
    case endStream
    case linger
    case close
    case reset
  }

  private(set) var state: ConnectionState
  private var now: Int64 = 1_000_000_000_000

  init(_ configure: (inout HTTPLimits) -> Void = { _ in }) {
    var limits = HTTPLimits()
    configure(&limits)
    state = ConnectionState(limits: limits, now: now)
  }

  /// Receives bytes, and returns the first action.
  mutating func receive(_ text: String) -> Step {
    latin1(text).withUnsafeBytes { state.received($0, now: now) }
    return next()
  }

  mutating func next() -> Step { step(state.next(now: now)) }

  mutating func finish() -> Step {
    state.peerFinished()
    return next()
  }

  /// The handler answers. Returns whether the connection ends with this response.
  mutating func answer(closes: Bool = false) -> Bool {
    state.responseStarted(closes: closes, now: now)
  }

  /// TLS begins. Returns what had arrived.
  mutating func secure() -> String {
    String(decoding: state.secure(now: now), as: UTF8.self)
  }

  mutating func secured() { state.secured(now: now) }

  mutating func securingFailed() -> Step { step(state.securingFailed(now: now)) }

  mutating func foundPlain() -> Step { step(state.foundPlain(now: now)) }

  mutating func advanced() { state.responseAdvanced(now: now) }

  mutating func sent() -> Step { step(state.responseSent(now: now)) }

  /// The handler begins a stream, whose head the peer has yet to take. Returns whether the
  /// connection ends with this response.
  mutating func stream(closes: Bool = false, isEndless: Bool) -> Bool {
    defer { state.pieceStarted(now: now) }
    return state.streamStarted(closes: closes, isEndless: isEndless)
  }

  mutating func startPiece() { state.pieceStarted(now: now) }

  mutating func pieceSent() -> Step { step(state.pieceSent(now: now)) }

  mutating func finishStream() { state.streamFinished(now: now) }

  mutating func seeEnd() -> Step { step(state.peerEndSeen(now: now)) }

  mutating func stop() -> Step { step(state.stop(now: now)) }

  /// Moves the clock and reports a tick.
  mutating func wait(_ seconds: Double) -> Step {
    now += Int64(seconds * 1e9)
    return step(state.tick(now: now))
  }

  private func step(_ action: ConnectionState.Action) -> Step {
    switch action {
    case .wait: .wait
    case .handle(let request): .handle(request.path)
    case .sendContinue: .sendContinue
    case .refuse(let error): .refuse(error.status)
    case .endStream: .endStream
    case .linger: .linger
    case .close: .close
    case .reset: .reset
    }
  }

  /// A `GET` of that path.
  static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }
  /// The head of a `POST` with five bytes of body.
  static let post = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
}
