import Platform

/// A tunnel from a client's connection to another host: bytes are passed on as they are, in both
/// directions, and each direction ends by itself. (RFC 9110, section 9.3.6)
///
/// It lives on the connection's loop. Each event reads once, at most as much as the loop's scratch
/// memory takes, so that other connections aren't held up.
///
/// `@unchecked Sendable`: everything is touched on the connection's loop alone.
final class Tunnel: ReadinessHandler, @unchecked Sendable {
  private enum Phase {
    /// The name is looked up, or one of its addresses is being connected to.
    case connecting
    case open
    case over
  }

  /// The two ends.
  private enum Side {
    case client
    case target
  }

  static let established = Array("HTTP/1.1 200 Connection Established\r\n\r\n".utf8)

  private let connection: Connection
  private let loop: any EventLoop
  private let pool: TunnelPool
  private let limits: HTTPLimits
  /// Told once how connecting has ended.
  private var completion: (@Sendable (Responder.TunnelOutcome) -> Void)?
  private var phase = Phase.connecting
  /// Ends connecting that takes too long.
  private var timer: LoopTimer?
  /// The addresses that haven't been tried.
  private var addresses: ArraySlice<SocketAddress> = []
  /// Why the first address that was tried failed.
  private var failure: SystemError?
  /// The connection to the target.
  private var descriptor: Int32?
  private var interest: Interest = []
  /// From the client to the target.
  private var up = TunnelFlow()
  /// From the target to the client.
  private var down = TunnelFlow(established)
  /// When a byte was passed on last, in monotonic nanoseconds.
  private var lastMove: Int64 = 0

  /// - Parameter connection: The client's, whose request is with the handler.
  init(
    _ connection: Connection, _ pool: TunnelPool,
    completion: @escaping @Sendable (Responder.TunnelOutcome) -> Void
  ) {
    self.connection = connection
    self.pool = pool
    self.completion = completion
    loop = connection.group.loop
    limits = connection.group.configuration.limits
  }

  // MARK: Connecting

  /// Looks up the target and connects to the first of its addresses that can be reached.
  func connect(to host: String, port: Int) {
    let loop = loop
    timer = loop.after(Int64(min(limits.tunnelConnectSeconds, 1e9) * 1e9)) { [weak self] in
      self?.refuse(.timedOut)
    }
    pool.resolver.resolve(
      host, port: port, began: {},
      completion: { outcome in loop.execute { [weak self] in self?.resolved(outcome) } })
  }

  private func resolved(_ outcome: Resolver.Outcome) {
    guard phase == .connecting else { return }
    switch outcome {
    case .success(let addresses):
      self.addresses = addresses[...]
      connectToNext()
    case .failure(let error): refuse(.unreachable(error.reason))
    }
  }

  private func connectToNext() {
    guard phase == .connecting else { return }
    guard let address = addresses.popFirst() else {
      return refuse(.unreachable(failure?.reason ?? "the name has no address"))
    }
    do throws(SystemError) {
      let descriptor = try System.beginConnecting(to: address)
      do throws(SystemError) {
        try loop.register(descriptor, interest: .write, handler: self)
      } catch {
        System.close(descriptor)
        throw error
      }
      self.descriptor = descriptor
      interest = .write
    } catch {
      guard !error.isShortage else { return refuse(.tooMany) }
      if failure == nil { failure = error }
      connectToNext()
    }
  }

  private func isConnected(_ descriptor: Int32) {
    if let failure = System.connectionFailure(of: descriptor) {
      if self.failure == nil { self.failure = failure }
      closeTarget()
      return connectToNext()
    }
    guard !leadsHome(descriptor) else { return refuse(.ownAddress) }
    open()
  }

  /// Whether a connection leads to this server, which would be asked for a tunnel again, and so on.
  private func leadsHome(_ descriptor: Int32) -> Bool {
    guard let peer = SocketAddress(peerOf: descriptor), peer.port == pool.ownPort else {
      return false
    }
    return System.isLoopback(peerOf: descriptor)
      || SocketAddress(localOf: descriptor)?.numericHost == peer.numericHost
  }

  private func refuse(_ outcome: Responder.TunnelOutcome) {
    guard phase == .connecting else { return }
    end()
    completion.take()?(outcome)
  }

  private func open() {
    // This comes first, as with any answer, so that whoever has it finds its entry.
    completion.take()?(.open)
    guard phase == .connecting, let early = connection.startTunnel() else { return }
    phase = .open
    timer?.cancel()
    lastMove = System.monotonicNanoseconds()
    up = TunnelFlow(early)
    if connection.state.isPeerFinished { up.ended(.finished) }
    flush(to: .client)
    flush(to: .target)
    settle()
  }

  // MARK: Events

  /// What the client's connection is to be watched for.
  var clientInterest: Interest { interest(from: up, to: down) }

  private func interest(from source: TunnelFlow, to target: TunnelFlow) -> Interest {
    var wanted: Interest = source.wantsBytes ? .read : []
    if !target.waiting.isEmpty { wanted.insert(.write) }
    return wanted
  }

  /// The target's connection is ready.
  func ready(_ readiness: Readiness) {
    guard let descriptor else { return }
    if phase == .connecting { return isConnected(descriptor) }
    ready(readiness, .target)
  }

  /// The client's connection is ready.
  func clientReady(_ readiness: Readiness) { ready(readiness, .client) }

  private func ready(_ readiness: Readiness, _ side: Side) {
    if readiness.contains(.writable) { flush(to: side) }
    let reads = phase == .open && source(side).wantsBytes
    if reads, readiness.contains(.readable) {
      pass(from: side)
    } else if phase == .open, readiness.contains(.broken) {
      lookAt(side)
    }
    settle()
  }

  /// Looks whether a connection is broken, or has only ended in both directions. That is reported
  /// again and again while its last bytes can't be passed on.
  private func lookAt(_ side: Side) {
    guard let descriptor = self.descriptor(of: side) else { return }
    if System.connectionFailure(of: descriptor) != nil {
      broke(side)
    } else {
      loop.silence(descriptor)
    }
  }

  /// Time has passed.
  func tick(now: Int64) {
    guard phase == .open else { return }
    if !loop.reportsResets { for side in [Side.client, .target] { look(at: side) } }
    if phase == .open, Double(now - lastMove) > limits.tunnelIdleSeconds * 1e9 { reset() }
    settle()
  }

  /// Looks for an end that the loop may not have reported, with what came before it.
  private func look(at side: Side) {
    flush(to: side)
    while phase == .open, source(side).wantsBytes, let descriptor = descriptor(of: side),
      System.peerState(descriptor) != .connected
    {
      pass(from: side)
    }
  }

  /// The client's connection has closed.
  func clientClosed() {
    completion = nil
    end()
  }

  // MARK: Passing on

  private func source(_ side: Side) -> TunnelFlow { side == .client ? up : down }

  private func change(from side: Side, _ body: (inout TunnelFlow) -> Void) {
    if side == .client { body(&up) } else { body(&down) }
  }

  private func descriptor(of side: Side) -> Int32? {
    side == .client ? connection.descriptor : descriptor
  }

  /// Reads once from a side, and writes what came to the other one.
  private func pass(from side: Side) {
    let other: Side = side == .client ? .target : .client
    guard let from = descriptor(of: side), let to = descriptor(of: other) else { return }
    let scratch = connection.group.scratch
    switch System.receive(from, into: scratch) {
    case .done(let count):
      lastMove = System.monotonicNanoseconds()
      let bytes = UnsafeRawBufferPointer(rebasing: scratch[..<count])
      switch System.send(to, bytes) {
      case .done(let taken):
        if taken < count {
          change(from: side) { $0.keep(UnsafeRawBufferPointer(rebasing: bytes[taken...])) }
        }
      case .wouldBlock: change(from: side) { $0.keep(bytes) }
      case .failed, .endOfStream: broke(other)
      }
    case .endOfStream: change(from: side) { $0.ended(.finished) }
    case .wouldBlock: break
    case .failed: broke(side)
    }
  }

  /// Writes what waits for a side.
  private func flush(to side: Side) {
    let other: Side = side == .client ? .target : .client
    guard phase == .open, let to = descriptor(of: side) else { return }
    let waiting = source(other).waiting
    guard !waiting.isEmpty else { return }
    switch waiting.withUnsafeBytes({ System.send(to, $0) }) {
    case .done(let count):
      lastMove = System.monotonicNanoseconds()
      change(from: other) { $0.advance(count) }
    case .wouldBlock: break
    case .failed, .endOfStream: broke(side)
    }
  }

  /// A side's connection is broken: what it has sent still reaches the other one.
  private func broke(_ side: Side) {
    change(from: side) { $0.ended(.broken) }
    change(from: side == .client ? .target : .client) { $0.dropTarget() }
    if let descriptor = descriptor(of: side) { loop.silence(descriptor) }
  }

  /// Does what has become due: tells a side of the other's end, ends the tunnel, or watches for
  /// what is wanted now.
  private func settle() {
    guard phase == .open, let descriptor else { return }
    if up.takesEnd() { System.finishSending(descriptor) }
    if down.takesEnd() { System.finishSending(connection.descriptor) }
    if up.isCut || down.isCut { return reset() }
    if up.isOver, down.isOver, up.waiting.isEmpty, down.waiting.isEmpty {
      return connection.close()
    }
    connection.updateInterest()
    let wanted = interest(from: down, to: up)
    guard wanted != interest else { return }
    interest = wanted
    loop.update(descriptor, interest: wanted)
  }

  // MARK: Ends

  /// Ends both connections with a reset.
  private func reset() {
    if let descriptor { System.resetOnClose(descriptor) }
    System.resetOnClose(connection.descriptor)
    connection.close()
  }

  private func closeTarget() {
    if let descriptor { loop.close(descriptor) }
    descriptor = nil
  }

  /// Lets go of everything; the client's connection stays as it is.
  private func end() {
    guard phase != .over else { return }
    phase = .over
    timer?.cancel()
    closeTarget()
    addresses = []
    pool.leave()
    connection.tunnel = nil
  }
}
