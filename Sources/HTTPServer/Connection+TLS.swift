import Platform
import TLS

// A connection's TLS layer: between the socket and the parser.

extension Connection {
  /// How many bytes of TLS's own (answers to a peer that changes its keys, warnings) may wait
  /// behind a response that the peer doesn't take.
  private static let mostControl = 16 * 1024

  /// Begins TLS: from here on what arrives is decrypted, and what is sent is encrypted.
  ///
  /// To be called on the loop: before the connection starts to read, or while a request is with
  /// the handler, which then counts as answered. Bytes that were written before leave unencrypted
  /// and first, even if the socket hasn't taken them yet; bytes that have arrived behind the
  /// request are the handshake's first.
  ///
  /// - Parameters:
  ///   - context: Should be prepared already, so that the client can still be told of a failure.
  ///   - isIntercepted: See ``ConnectionInfo/isIntercepted``.
  /// - Throws: ``TLSError`` when the context can't be prepared. Nothing has happened then.
  func startTLS(_ context: TLSContext, isIntercepted: Bool = false) throws(TLSError) {
    let session = try context.makeSession()
    tls = session
    info.isSecure = true
    info.isIntercepted = isIntercepted
    let isWithHandler = !isAnswered
    isAnswered = true
    let now = System.monotonicNanoseconds()
    let arrived = state.secure(now: now)
    state.changeRole(to: isIntercepted ? .intercepted : .server)
    if !arrived.isEmpty { arrived.withUnsafeBytes { unseal($0, session, now: now) } }
    // A new connection isn't watched yet.
    if isWithHandler, arrived.isEmpty { perform(state.next(now: now)) }
  }

  /// Decrypts what has arrived, sends what the handshake answers, and performs what follows.
  func unseal(_ bytes: UnsafeRawBufferPointer, _ session: TLSSession, now: Int64) {
    guard !state.isLingering else { return state.received(bytes, now: now) }
    if session.isUntouched, let first = bytes.first, Self.capitals.contains(first) {
      return answerPlain(now: now)
    }
    group.sealed.clear()
    let outcome = session.receive(bytes, by: group.plaintext, output: group.sealed) { piece in
      if state.isSecuring { state.secured(now: now) }
      state.received(piece, now: now)
    }
    if state.isSecuring, session.isSecure { state.secured(now: now) }
    sendControl()
    guard !isClosed else { return }
    switch outcome {
    case .needsMore: break
    case .closed:
      state.peerFinished()
      noteGone()
    case .failed:
      guard state.isSecuring else { return close() }
      return perform(state.securingFailed(now: now))
    }
    perform(state.next(now: now))
  }

  /// The bytes with which plain HTTP begins, and no record of TLS.
  private static let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")

  /// The client speaks plain HTTP, and is told so in plain HTTP.
  private func answerPlain(now: Int64) {
    tls = nil
    info.isSecure = false
    perform(state.foundPlain(now: now))
  }

  /// Sends what TLS itself has to say, behind what the socket hasn't taken yet.
  private func sendControl() {
    let bytes = group.sealed.written
    guard !bytes.isEmpty, !isClosed else { return }
    guard outgoing == nil else {
      waitingControl += bytes.count
      guard waitingControl <= Self.mostControl else { return carryOut(.reset) }
      outgoing?.rest.append(contentsOf: bytes)
      return
    }
    switch System.send(descriptor, bytes) {
    case .done(bytes.count): return
    case .done(let count): outgoing = Outgoing(rest: Array(bytes[count...]), kind: .interim)
    case .wouldBlock: outgoing = Outgoing(rest: Array(bytes), kind: .interim)
    case .failed, .endOfStream: close()
    }
  }

  /// Nothing more will be sent: says so to TLS, then to TCP.
  func finishSending() {
    sayGoodbye()
    guard !isClosed else { return }
    if outgoing == nil {
      System.finishSending(descriptor)
    } else {
      finishesOnceOut = true
    }
  }

  /// Sends `close_notify`, unless a response would be cut by it.
  func sayGoodbye() {
    guard let tls, outgoing == nil else { return }
    group.sealed.clear()
    tls.finish(to: group.sealed)
    sendControl()
  }
}
