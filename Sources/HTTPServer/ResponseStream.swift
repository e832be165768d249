import Synchronization

/// A response whose body is sent piece by piece, begun with
/// ``Responder/stream(_:isEndless:completion:)``.
///
/// May be used from any thread; calls take effect in the order in which they were made. In HTTP/1.1
/// each piece is one chunk and one write, and the connection lives on after
/// ``finish(_:completion:observer:)``; in HTTP/1.0 the connection's end is the body's end.
///
/// To `HEAD` the head is the whole response: the connection goes on to its next request, pieces are
/// dropped and count as sent, and a ``whenGone(_:)`` closure is called at once.
///
/// Every completion is called exactly once: on the connection's loop, where it must not block, or
/// on the caller's thread when the server has stopped. A stream has no deadline while it has
/// nothing to send; bytes that the client doesn't take for ``HTTPLimits/writeSeconds`` end the
/// connection. One that is neither finished nor abandoned holds its connection, as a request does
/// that is never answered.
public final class ResponseStream: Sendable {
  typealias Completion = @Sendable (Responder.Delivery) -> Void

  /// A step that the caller has asked for.
  enum Step: Sendable {
    case begin(HTTPResponse, isEndless: Bool, Completion)
    case piece([UInt8], Completion)
    case finish([UInt8], Completion, observer: (any ResponseObserver)?)
    case abandon(resets: Bool, Completion)

    /// Reports the outcome of a step that is not carried out.
    func settle(_ delivery: Responder.Delivery) {
      switch self {
      case .begin(_, _, let completion), .piece(_, let completion): completion(delivery)
      case .finish(_, let completion, let observer):
        observer?.endWithoutWriting(delivery)
        completion(delivery)
      case .abandon(_, let completion): completion(.failed)
      }
    }
  }

  /// The closures to call when the client has gone.
  private enum Watch {
    case waiting([@Sendable () -> Void])
    case told
    /// The caller has ended the stream, so nothing is called any more.
    case over
  }

  private struct State {
    var steps: [Step] = []
    /// Whether steps are being carried out. Further steps then wait in `steps`, so that a caller
    /// that sends from its completions doesn't recurse.
    var isRunning = false
    var watch = Watch.waiting([])
    /// The outcome of steps that come after the end.
    var lateDelivery = Responder.Delivery.failed
  }

  /// How many steps are carried out before other work of the loop gets its turn.
  private static let burst = 64

  let number: UInt64
  private let connection: Connection
  private let state = Mutex(State())

  init(connection: Connection, number: UInt64) {
    self.connection = connection
    self.number = number
  }

  // MARK: For the caller

  /// Sends a piece of the body.
  ///
  /// Send the next one after the completion: pieces that are sent earlier wait in memory, without
  /// bound. An empty piece puts nothing on the wire.
  ///
  /// - Parameters:
  ///   - bytes: The piece.
  ///   - completion: Called once, when the piece has been passed to the socket or that has failed;
  ///     after ``Responder/Delivery/failed`` nothing more can be sent.
  public func send(
    _ bytes: [UInt8], completion: @escaping @Sendable (Responder.Delivery) -> Void = { _ in }
  ) {
    add(.piece(bytes, completion))
  }

  /// Ends the body in an orderly way, after all pieces.
  ///
  /// - Parameters:
  ///   - last: A last piece, which goes out with the body's end in one write. The default is none.
  ///   - completion: Called once, when the response has been sent or has failed.
  ///   - observer: Is told about the end of the response. The default is nobody.
  public func finish(
    _ last: [UInt8] = [], completion: @escaping @Sendable (Responder.Delivery) -> Void = { _ in },
    observer: (any ResponseObserver)? = nil
  ) {
    add(.finish(last, completion, observer: observer))
  }

  /// Ends the connection in the middle of the body. Pieces that the socket takes at once are sent
  /// first; a piece that waits for the client is dropped.
  ///
  /// - Parameters:
  ///   - resets: Whether the client sees a reset instead of the connection's orderly end. The
  ///     default is false.
  ///   - completion: Called once, with ``Responder/Delivery/failed``, when that is done.
  public func abandon(
    resets: Bool = false, completion: @escaping @Sendable (Responder.Delivery) -> Void = { _ in }
  ) {
    add(.abandon(resets: resets, completion))
  }

  /// Registers a closure that is called, once, when the client has gone (it has reset the
  /// connection or finished sending, or takes nothing) or the server ends the stream.
  ///
  /// A stream that isn't endless can go on after a client's orderly end. The closure isn't called
  /// once ``finish(_:completion:observer:)`` or ``abandon(resets:completion:)`` has had its turn.
  ///
  /// - Parameter body: Called on the connection's loop, or at once on the caller's thread when that
  ///   has happened already.
  public func whenGone(_ body: @escaping @Sendable () -> Void) {
    let isTold = state.withLock { state in
      switch state.watch {
      case .waiting(let listeners):
        state.watch = .waiting(listeners + [body])
        return false
      case .told: return true
      case .over: return false
      }
    }
    if isTold { body() }
  }

  // MARK: For the connection

  /// The outcome of steps that come after the stream's end.
  var lateDelivery: Responder.Delivery { state.withLock { $0.lateDelivery } }

  /// Takes a step in its turn.
  func add(_ step: Step) {
    state.withLock { $0.steps.append(step) }
    if !connection.onLoop({ _ in self.run() }) { giveUp() }
  }

  /// The client has gone, or the server has ended the stream.
  func tellGone() {
    let listeners = state.withLock { state -> [@Sendable () -> Void] in
      guard case .waiting(let listeners) = state.watch else { return [] }
      state.watch = .told
      return listeners
    }
    for listener in listeners { listener() }
  }

  /// The stream has ended without its caller's doing; waiting steps are not carried out.
  ///
  /// - Parameter delivery: The outcome of those steps and of all later ones.
  func end(_ delivery: Responder.Delivery) {
    state.withLock { $0.lateDelivery = delivery }
    tellGone()
    run()
  }

  /// The caller has ended the stream.
  func finished() { state.withLock { $0.watch = .over } }

  /// Carries out the waiting steps, until one has to wait for the socket. Called on the loop.
  func run() {
    let mayRun = state.withLock { state in
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard mayRun else { return }
    for _ in 0..<Self.burst {
      guard let step = next() else { return }
      connection.carryOut(step, of: self)
    }
    state.withLock { $0.isRunning = false }
    if !connection.afterOthers({ self.run() }) { giveUp() }
  }

  /// The next step, if its turn has come; nil ends the run.
  private func next() -> Step? {
    let isBlocked = connection.isBlocked(self)
    return state.withLock { state in
      let index = isBlocked ? state.steps.firstIndex(where: \.isAbandon) : state.steps.indices.first
      guard let index else {
        state.isRunning = false
        return nil
      }
      return state.steps.remove(at: index)
    }
  }

  /// The loop has stopped, and the connection with it.
  private func giveUp() {
    tellGone()
    while let step = state.withLock({ $0.steps.isEmpty ? nil : $0.steps.removeFirst() }) {
      step.settle(.failed)
    }
  }
}

extension ResponseStream.Step {
  fileprivate var isAbandon: Bool {
    if case .abandon = self { true } else { false }
  }
}
