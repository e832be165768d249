import Synchronization

/// One accepted connection: the thin I/O around ``ConnectionState``.
///
/// `@unchecked Sendable`: everything but `peerGone`, which is atomic, is touched on the connection's
/// loop alone.
final class Connection: ReadinessHandler, @unchecked Sendable {
  /// A response on its way out.
  private struct Outgoing {
    var rest: [UInt8] = []
    var sent = 0
    var completion: (@Sendable (Responder.Delivery) -> Void)?
  }

  /// What a response must know of its request.
  private struct Current {
    var isHead = false
    var keepsAlive = false
    var minorVersion = 1
  }

  private let descriptor: Int32
  private unowned let group: ConnectionGroup
  private var state: ConnectionState
  private var interest: Interest = .read
  private var outgoing: Outgoing?
  private var current = Current()
  private var number: UInt64 = 0
  private var isAnswered = true
  private var isPerforming = false
  private var isClosed = false
  /// An action that came up while another one was being performed.
  private var queued: ConnectionState.Action?
  private let peerGone = Atomic<Bool>(false)

  init(descriptor: Int32, group: ConnectionGroup) {
    self.descriptor = descriptor
    self.group = group
    state = ConnectionState(limits: group.configuration.limits, now: System.monotonicNanoseconds())
  }

  /// See ``Responder/isClientGone``.
  var isPeerGone: Bool { peerGone.load(ordering: .relaxed) }

  /// Starts to read.
  func start() throws(SystemError) {
    try group.loop.register(descriptor, interest: .read, handler: self)
  }

  /// Runs `body` on the connection's loop, at once when already there.
  func onLoop(_ body: @escaping @Sendable (Connection) -> Void) {
    if group.loop.isCurrent { body(self) } else { group.loop.execute { body(self) } }
  }

  // MARK: Events

  func ready(_ readiness: Readiness) {
    if readiness.contains(.writable) { flush() }
    if readiness.contains(.readable), !isClosed, state.wantsBytes { receive() }
    if readiness.contains(.broken), !isClosed, !readiness.contains(.readable) || !state.wantsBytes {
      close()
    }
  }

  /// Time has passed.
  func tick(now: Int64) { perform(state.tick(now: now)) }

  /// The server stops.
  func stop() { perform(state.stop()) }

  private func receive() {
    let now = System.monotonicNanoseconds()
    switch System.receive(descriptor, into: group.scratch) {
    case .done(let count):
      state.received(UnsafeRawBufferPointer(rebasing: group.scratch[..<count]), now: now)
      perform(state.next(now: now))
    case .endOfStream:
      state.peerFinished()
      if !isAnswered { peerGone.store(true, ordering: .relaxed) }
      perform(state.next(now: now))
    case .wouldBlock: break
    case .failed: close()
    }
  }

  // MARK: Actions

  /// Performs an action and what follows from it, without recursion.
  private func perform(_ action: ConnectionState.Action) {
    queued = action
    guard !isPerforming else { return }
    isPerforming = true
    while let action = queued {
      queued = nil
      carryOut(action)
    }
    isPerforming = false
    if !isClosed { updateInterest() }
  }

  private func carryOut(_ action: ConnectionState.Action) {
    switch action {
    case .wait: break
    case .handle(let request):
      number += 1
      isAnswered = false
      current = Current(
        isHead: request.method == .head, keepsAlive: request.keepsAlive,
        minorVersion: request.minorVersion)
      group.handler(request, Responder(connection: self, number: number))
    case .sendContinue:
      let interim: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"
      // An interim answer is small and comes first: a socket that can't take it is as good as gone.
      let result = System.send(
        descriptor,
        UnsafeRawBufferPointer(start: interim.utf8Start, count: interim.utf8CodeUnitCount))
      if result != .done(interim.utf8CodeUnitCount) { close() }
    case .refuse(let error):
      current = Current(minorVersion: 1)
      send(group.configuration.renderError(error), closes: true, completion: nil)
    case .linger:
      System.finishSending(descriptor)
    case .close:
      close()
    }
  }

  func respond(
    _ number: UInt64, with response: HTTPResponse,
    completion: @escaping @Sendable (Responder.Delivery) -> Void
  ) {
    guard number == self.number, !isAnswered, !isClosed else { return completion(.failed) }
    isAnswered = true
    let now = System.monotonicNanoseconds()
    let closes = state.responseStarted(closes: !current.keepsAlive, now: now)
    send(response, closes: closes, completion: completion)
  }

  func abandon(_ number: UInt64, completion: @escaping @Sendable (Responder.Delivery) -> Void) {
    if number == self.number, !isAnswered, !isClosed {
      isAnswered = true
      close()
    }
    completion(.failed)
  }

  // MARK: Sending

  /// Writes a response with one call; what the socket doesn't take at once is kept.
  private func send(
    _ response: HTTPResponse, closes: Bool,
    completion: (@Sendable (Responder.Delivery) -> Void)?
  ) {
    group.output.removeAll(keepingCapacity: group.output.capacity <= ConnectionGroup.keptOutput)
    response.write(
      to: &group.output, date: group.date(), isHead: current.isHead, closes: closes,
      minorVersion: current.minorVersion)
    let result = group.output.withUnsafeBytes { System.send(descriptor, $0) }
    switch result {
    case .done(group.output.count):
      completion?(.sent)
      perform(state.responseSent(now: System.monotonicNanoseconds()))
    case .done(let count):
      outgoing = Outgoing(rest: Array(group.output[count...]), completion: completion)
      updateInterest()
    case .wouldBlock:
      outgoing = Outgoing(rest: group.output, completion: completion)
      updateInterest()
    case .failed, .endOfStream:
      outgoing = Outgoing(completion: completion)
      close()
    }
  }

  private func flush() {
    guard let pending = outgoing else { return }
    let result = pending.rest.withUnsafeBytes {
      System.send(descriptor, UnsafeRawBufferPointer(rebasing: $0[pending.sent...]))
    }
    let now = System.monotonicNanoseconds()
    switch result {
    case .done(let count):
      state.responseAdvanced(now: now)
      guard pending.sent + count == pending.rest.count else {
        outgoing?.sent += count
        return
      }
      outgoing = nil
      pending.completion?(.sent)
      perform(state.responseSent(now: now))
    case .wouldBlock: break
    case .failed, .endOfStream: close()
    }
  }

  private func updateInterest() {
    var wanted: Interest = state.wantsBytes ? .read : []
    if outgoing != nil { wanted.insert(.write) }
    guard wanted != interest, !isClosed else { return }
    interest = wanted
    group.loop.update(descriptor, interest: wanted)
  }

  /// Ends the connection. A request under way is told by ``Responder/isClientGone``.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    peerGone.store(true, ordering: .relaxed)
    group.loop.deregister(descriptor)
    System.close(descriptor)
    let unsent = outgoing
    outgoing = nil
    unsent?.completion?(.failed)
    group.remove(descriptor)
  }
}
