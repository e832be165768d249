import Platform
import Synchronization
import TLS

/// One accepted connection: the thin I/O around ``ConnectionState``.
///
/// `@unchecked Sendable`: everything but `peerGone`, which is atomic, is touched on the
/// connection's loop alone. `@exclusivity(unchecked)`: checking these accesses at run time took 6 %
/// of a request's instructions.
final class Connection: ReadinessHandler, @unchecked Sendable {
  /// Bytes that the socket didn't take at once and that still have to be sent.
  struct Outgoing {
    /// What they are.
    enum Kind {
      /// A `100 Continue`, after which the request is still to come, or what TLS itself says.
      case interim
      /// The head or a piece of a stream, after which more of it is still to come.
      case piece
      /// A response, or the rest of one.
      case response
    }

    var rest: [UInt8] = []
    var sent = 0
    var completion: Completion?
    var kind: Kind
  }

  typealias Completion = @Sendable (Responder.Delivery) -> Void

  /// What a response must know of its request.
  struct Current {
    var isHead = false
    var keepsAlive = false
    var minorVersion = 1
    /// The size of the request's body, which is kept until it is answered.
    var bodySize = 0
  }

  let descriptor: Int32
  /// The group that the connection belongs to, which drops it when it closes.
  let group: ConnectionGroup
  private let loop: any EventLoop
  @exclusivity(unchecked) var state: ConnectionState
  @exclusivity(unchecked) private var interest: Interest = .read
  @exclusivity(unchecked) var outgoing: Outgoing?
  @exclusivity(unchecked) private(set) var current = Current()
  /// What the handler may know of the connection.
  var info = ConnectionInfo()
  /// The TLS layer, if the connection has one.
  @exclusivity(unchecked) var tls: TLSSession?
  /// How many bytes of TLS's own have been put behind those that the socket hasn't taken.
  var waitingControl = 0
  /// Whether sending is to be finished as soon as the socket has taken everything.
  var finishesOnceOut = false
  private(set) var number: UInt64 = 0
  @exclusivity(unchecked) var isAnswered = true
  @exclusivity(unchecked) private var isPerforming = false
  @exclusivity(unchecked) private(set) var isClosed = false
  /// The tunnel that the connection is an end of, or is to become one of.
  var tunnel: Tunnel?
  /// The response under way, if it is sent piece by piece.
  var stream: ResponseStream?
  /// An action that came up while another one was being performed.
  @exclusivity(unchecked) private var queued: ConnectionState.Action?
  private let peerGone = Atomic<Bool>(false)
  /// Called when the client goes before the request is answered.
  @exclusivity(unchecked) private var goneWatch: (@Sendable () -> Void)?
  /// How many of this connection's bytes are counted in the group's total.
  @exclusivity(unchecked) private var held = 0
  /// The observer of the response under way.
  @exclusivity(unchecked) private var observer: (any ResponseObserver)?
  /// Whether the observer has still to be told that the last byte is about to leave.
  @exclusivity(unchecked) private var owesLastByte = false

  /// How many bytes a socket's buffer takes with one write unless the client has stopped reading.
  static let certainWrite = 64 * 1024

  init(descriptor: Int32, group: ConnectionGroup) {
    self.descriptor = descriptor
    self.group = group
    loop = group.loop
    state = ConnectionState(
      limits: group.configuration.limits,
      role: group.configuration.takesConnect ? .proxy : .server,
      now: System.monotonicNanoseconds())
  }

  /// See ``Responder/isClientGone``.
  var isPeerGone: Bool { peerGone.load(ordering: .relaxed) }

  /// Starts to read.
  func start() throws(SystemError) {
    try loop.register(descriptor, interest: .read, handler: self)
  }

  /// Whether the caller runs on the connection's loop.
  var isOnLoop: Bool { loop.isCurrent }

  /// Runs `body` on the connection's loop, at once when already there.
  ///
  /// - Returns: False when the loop has stopped and `body` will never run.
  func onLoop(_ body: @escaping @Sendable (Connection) -> Void) -> Bool {
    guard !loop.isCurrent else {
      body(self)
      return true
    }
    return loop.execute { body(self) }
  }

  /// Runs `body` on the connection's loop after the jobs that already wait there.
  ///
  /// - Returns: False when the loop has stopped and `body` will never run.
  func afterOthers(_ body: @escaping @Sendable () -> Void) -> Bool { loop.execute(body) }

  // MARK: Events

  func ready(_ readiness: Readiness) {
    if let tunnel, state.isTunnelling { return tunnel.clientReady(readiness) }
    if readiness.contains(.writable) { flush() }
    if readiness.contains(.readable), !isClosed, state.wantsBytes { receive() }
    if readiness.contains(.broken), !isClosed, !readiness.contains(.readable) || !state.wantsBytes {
      close()
    }
  }

  /// Time has passed.
  func tick(now: Int64) {
    guard !isClosed else { return }
    if let tunnel, state.isTunnelling { return tunnel.tick(now: now) }
    perform(state.tick(now: now))
    if !isClosed, state.isReadingPaused || !loop.reportsResets { checkPeer() }
  }

  /// The server stops.
  func stop() {
    guard !isClosed else { return }
    perform(state.stop(now: System.monotonicNanoseconds()))
  }

  /// Checks for the peer's close where reading doesn't show it: when so much is pipelined that
  /// reading pauses, the close lies behind unread bytes.
  func checkPeer() {
    switch System.peerState(descriptor) {
    case .connected: break
    case .finished:
      noteGone()
      perform(state.peerEndSeen(now: System.monotonicNanoseconds()))
    case .broken: close()
    }
  }

  /// Notes that the client has gone, as far as the server can tell.
  func noteGone() {
    peerGone.store(true, ordering: .relaxed)
    stream?.tellGone()
    if let told = goneWatch.take(), !isAnswered { told() }
  }

  /// See ``Responder/whenGone(_:)``.
  func whenGone(_ number: UInt64, _ body: @escaping @Sendable () -> Void) {
    guard number == self.number, !isAnswered else { return }
    if isPeerGone { body() } else { goneWatch = body }
  }

  /// Reads once and performs the actions that follow.
  ///
  /// - Returns: How many bytes were read; nil when there were none.
  @discardableResult
  func receive() -> Int? {
    let now = System.monotonicNanoseconds()
    switch System.receive(descriptor, into: group.scratch) {
    case .done(let count):
      let bytes = UnsafeRawBufferPointer(rebasing: group.scratch[..<count])
      if let tls {
        unseal(bytes, tls, now: now)
      } else {
        state.received(bytes, now: now)
        perform(state.next(now: now))
      }
      if !isClosed, !countHeld() { perform(state.overloaded(now: now)) }
      return count
    case .endOfStream:
      state.peerFinished()
      noteGone()
      perform(state.next(now: now))
    case .wouldBlock: break
    case .failed: close()
    }
    return nil
  }

  // MARK: Actions

  /// Performs an action and those that follow from it, without recursion.
  func perform(_ action: ConnectionState.Action) {
    guard !isPerforming else {
      queued = action
      return
    }
    guard !isClosed else { return }
    isPerforming = true
    carryOut(action)
    while !isClosed, let action = queued.take() { carryOut(action) }
    isPerforming = false
    guard !isClosed else { return }
    updateInterest()
    if held > 0 { _ = countHeld(ifMore: false) }
  }

  func carryOut(_ action: ConnectionState.Action) {
    switch action {
    case .wait: break
    case .handle(let request):
      number += 1
      isAnswered = false
      goneWatch = nil
      current = Current(
        isHead: request.method == .head, keepsAlive: request.keepsAlive,
        minorVersion: request.minorVersion, bodySize: request.body.count)
      // A large body is counted before the handler runs. A small one is counted after the read,
      // together with what was pipelined behind it.
      if request.body.count > HeldBytes.uncounted { _ = countHeld() }
      group.handler.handle(request, Responder(connection: self, number: number))
    case .sendContinue:
      group.output.removeAll(keepingCapacity: true)
      group.output.append("HTTP/1.1 100 Continue\r\n\r\n")
      transmit(.interim)
    case .refuse(let error):
      current = Current(isHead: state.isHead)
      var response = group.configuration.renderError(error)
      // RFC 9110, section 15.5.6.
      if error.status == 405, response.fields["Allow"] == nil {
        response.fields.append("Allow", HTTPMethod.allowed)
      }
      send(response, closes: true)
    case .endStream:
      endStream()
    case .linger:
      finishSending()
    case .close:
      sayGoodbye()
      close()
    case .reset:
      System.resetOnClose(descriptor)
      close()
    }
  }

  func respond(
    _ number: UInt64, with response: HTTPResponse, observer: (any ResponseObserver)?
  ) {
    guard number == self.number, !isAnswered, !isClosed else {
      observer?.endWithoutWriting()
      return
    }
    isAnswered = true
    observe(by: observer)
    let now = System.monotonicNanoseconds()
    let closes = state.responseStarted(
      closes: !current.keepsAlive || response.extent != .whole, now: now)
    send(response, closes: closes)
  }

  func abandon(_ number: UInt64, resets: Bool, observer: (any ResponseObserver)?) {
    if number == self.number, !isAnswered, !isClosed {
      isAnswered = true
      carryOut(resets ? .reset : .close)
    }
    observer?.endWithoutWriting()
  }

  /// Sets the observer of the response under way.
  func observe(by observer: (any ResponseObserver)?) {
    self.observer = observer
    owesLastByte = observer != nil
  }

  /// Tells the observer that the last byte is about to leave. This comes before the write, because
  /// a fast client has read the answer before the write returns.
  func tellLastByte() {
    guard owesLastByte else { return }
    owesLastByte = false
    observer?.willSendLastByte()
  }

  /// Tells the observer how the response has ended.
  private func tellEnd(_ delivery: Responder.Delivery) {
    tellLastByte()
    guard let ended = observer else { return }
    observer = nil
    ended.didEnd(delivery)
  }

  // MARK: Sending

  private func send(_ response: HTTPResponse, closes: Bool) {
    // This comes before the shared buffer is filled: the observer may answer another request of
    // this loop, which uses the same buffer.
    if response.body.count <= Self.certainWrite { tellLastByte() }
    let date = group.date()
    func write(to output: inout [UInt8]) {
      response.write(
        to: &output, date: date, isHead: current.isHead, closes: closes,
        minorVersion: current.minorVersion)
    }
    if response.body.count <= Self.certainWrite, group.outbox.makesRoom() {
      return group.outbox.add(self, observer: observer, write)
    }
    group.output.removeAll(keepingCapacity: group.output.capacity <= ConnectionGroup.keptOutput)
    if response.body.count > Self.certainWrite, response.hasBody, response.extent == .whole,
      !current.isHead, outgoing == nil, tls == nil
    {
      return sendLarge(response, date: date, closes: closes)
    }
    write(to: &group.output)
    transmit(.response)
  }

  /// Sends a response without copying its body: a page of the journal has 300 kB.
  private func sendLarge(_ response: HTTPResponse, date: [UInt8], closes: Bool) {
    response.writeHead(
      to: &group.output, date: date, framing: .length(response.body.count), closes: closes,
      minorVersion: current.minorVersion)
    let observer = observer
    follow(writeOut(group.output, response.body), .response, nil)
    observer?.didAttemptWrite()
  }

  /// Writes a head and a body with one call, and keeps what the socket doesn't take at once.
  private func writeOut(_ head: [UInt8], _ body: [UInt8]) -> Progress {
    let result = head.withUnsafeBytes { head in
      body.withUnsafeBytes { System.send(descriptor, head, $0) }
    }
    switch result {
    case .done(head.count + body.count): return .out
    case .done(let count) where count >= head.count:
      outgoing = Outgoing(rest: body, sent: count - head.count, kind: .response)
    case .done(let count): outgoing = Outgoing(rest: head[count...] + body, kind: .response)
    case .wouldBlock: outgoing = Outgoing(rest: head + body, kind: .response)
    case .failed, .endOfStream: return .broken
    }
    return .held
  }

  /// Writes the group's output with one call, and keeps what the socket doesn't take at once.
  ///
  /// - Parameter completion: Called when the socket has taken all of it or the connection has
  ///   failed.
  func transmit(_ kind: Outgoing.Kind, completion: Completion? = nil) {
    let observer = kind == .response ? observer : nil
    let progress = group.output.withUnsafeBytes { write($0, kind, completion) }
    follow(progress, kind, completion)
    observer?.didAttemptWrite()
  }

  /// The outcome of a write.
  enum Progress {
    case out
    /// The socket didn't take all; the rest is kept.
    case held
    /// The connection is broken, or was closed before.
    case broken
  }

  /// Writes bytes with one call, and keeps what the socket doesn't take at once. It calls no
  /// observer and no completion: the caller must call ``follow(_:_:_:)`` next.
  func write(
    _ bytes: UnsafeRawBufferPointer, _ kind: Outgoing.Kind, _ completion: Completion?
  ) -> Progress {
    guard !isClosed else { return .broken }
    guard let tls else { return writeOut(bytes, kind, completion) }
    group.sealed.clear()
    guard tls.write(bytes, to: group.sealed) else { return .broken }
    return writeOut(group.sealed.written, kind, completion)
  }

  /// Writes what is to stand on the wire.
  private func writeOut(
    _ bytes: UnsafeRawBufferPointer, _ kind: Outgoing.Kind, _ completion: Completion?
  ) -> Progress {
    // A response may come while the socket hasn't taken a `100 Continue`.
    guard outgoing == nil else {
      outgoing?.rest.append(contentsOf: bytes)
      outgoing?.completion = completion
      outgoing?.kind = kind
      return .held
    }
    switch System.send(descriptor, bytes) {
    case .done(bytes.count): return .out
    case .done(let count):
      let rest = Array(bytes[count...])
      outgoing = Outgoing(rest: rest, completion: completion, kind: kind)
    case .wouldBlock:
      outgoing = Outgoing(rest: Array(bytes), completion: completion, kind: kind)
    case .failed, .endOfStream: return .broken
    }
    return .held
  }

  /// Does what follows from a write's outcome.
  func follow(_ progress: Progress, _ kind: Outgoing.Kind, _ completion: Completion?) {
    switch progress {
    case .out: isOut(kind, completion)
    case .held: holdOutgoing()
    case .broken:
      close()
      completion?(.failed)
    }
  }

  /// Keeps what the socket didn't take, unless too much is kept already.
  private func holdOutgoing() {
    guard countHeld() else { return carryOut(.reset) }
    updateInterest()
  }

  /// Counts the bytes that this connection holds if they are more than ``HeldBytes/uncounted``.
  ///
  /// - Parameter ifMore: Whether an increase is counted too. False for a caller that couldn't act
  ///   on exceeding the limit.
  /// - Returns: Whether all connections together hold no more than they may.
  private func countHeld(ifMore: Bool = true) -> Bool {
    let body = isAnswered ? 0 : current.bodySize
    let bytes = state.held + body + (outgoing?.rest.count ?? 0)
    let counted = bytes > HeldBytes.uncounted ? bytes : 0
    guard counted < held || ifMore && counted > held else { return true }
    defer { held = counted }
    return group.heldBytes.change(from: held, to: counted)
  }

  /// The socket has taken all of it.
  private func isOut(_ kind: Outgoing.Kind, _ completion: Completion?) {
    switch kind {
    case .interim:
      if finishesOnceOut { System.finishSending(descriptor) }
      updateInterest()
      // What TLS said may have stood in the way of the next piece.
      stream?.run()
    case .piece:
      perform(state.pieceSent(now: System.monotonicNanoseconds()))
      completion?(.sent)
      stream?.run()
    case .response: finish(completion)
    }
  }

  /// The response is out to its last byte.
  private func finish(_ completion: Completion?) {
    tellEnd(.sent)
    completion?(.sent)
    perform(state.responseSent(now: System.monotonicNanoseconds()))
  }

  private func flush() {
    guard let pending = outgoing else { return }
    if pending.kind == .response, pending.rest.count - pending.sent <= Self.certainWrite {
      tellLastByte()
    }
    let result = pending.rest.withUnsafeBytes {
      System.send(descriptor, UnsafeRawBufferPointer(rebasing: $0[pending.sent...]))
    }
    switch result {
    case .done(let count):
      guard pending.sent + count == pending.rest.count else {
        state.responseAdvanced(now: System.monotonicNanoseconds())
        outgoing?.sent += count
        return
      }
      outgoing = nil
      waitingControl = 0
      isOut(pending.kind, pending.completion)
    case .wouldBlock: break
    case .failed, .endOfStream: close()
    }
  }

  /// Watches for what is wanted now.
  func updateInterest() {
    var wanted: Interest = state.wantsBytes ? .read : []
    if outgoing != nil { wanted.insert(.write) }
    if state.isTunnelling, let tunnel { wanted = tunnel.clientInterest }
    guard wanted != interest, !isClosed else { return }
    interest = wanted
    loop.update(descriptor, interest: wanted)
  }

  /// Ends the connection. A request that is being handled finds out by ``Responder/isClientGone``.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    peerGone.store(true, ordering: .relaxed)
    loop.close(descriptor)
    if let told = goneWatch.take(), !isAnswered { told() }
    tellEnd(.failed)
    let unsent = outgoing
    outgoing = nil
    // Whoever still has the connection, because its request is being handled, doesn't need it.
    tls = nil
    if held > 0 { _ = group.heldBytes.change(from: held, to: 0) }
    held = 0
    unsent?.completion?(.failed)
    let ended = stream
    stream = nil
    ended?.end(.failed)
    tunnel?.clientClosed()
    group.remove(descriptor)
  }
}
