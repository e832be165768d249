import Platform
import Synchronization
import TLS

/// An HTTP/1.1 server on sockets. Bytes in, requests out; responses in, bytes out.
///
/// A few event loops own the connections. Each has a ``RequestHandler`` of its own, which is called
/// on the loop, must not block there, and answers through a ``Responder`` now or later, from any
/// thread.
public final class HTTPServer: Sendable {
  /// How to serve.
  public struct Configuration: Sendable {
    /// The address to bind, a name or a numeric IPv4 or IPv6 address. The default is `127.0.0.1`.
    public var host = "127.0.0.1"
    /// The port to bind; 0 takes any free one, and is the default.
    public var port = 0
    /// The most connections that wait to be accepted. The default is 4,096 (the system may cap it).
    public var backlog = 4096
    /// How many event loops to run. The default is 1.
    public var loops = 1
    /// The readiness mechanism. The default is the platform's own.
    public var eventLoop = EventLoopKind.platformDefault
    /// Bounds on what a peer may use.
    public var limits = HTTPLimits()
    /// What TLS connections share. The default is none: TLS isn't spoken.
    public var tls: TLSContext?
    /// A second port, on which TLS is spoken as ``tls`` says; 0 takes any free one. The default is
    /// none.
    public var tlsPort: Int?
    /// The time of the `Date` field, in seconds since the Unix epoch. The default is the system's.
    public var secondsSinceEpoch: @Sendable () -> Int64 = {
      System.wallNanoseconds() / 1_000_000_000
    }
    /// Whether handlers get `CONNECT` requests, to be answered or turned into a tunnel. The default
    /// is false, and they are refused with 405.
    public var takesConnect = false
    /// Whether handlers open tunnels, see ``Responder/tunnel(to:port:_:)``. Names are looked up on
    /// threads that are then made when the server starts. The default is false.
    public var opensTunnels = false
    /// Renders the one answer to a request that can't be parsed. By default its body is empty. The
    /// server adds `Allow` to a 405 that lacks it.
    public var renderError: @Sendable (RequestError) -> HTTPResponse = {
      HTTPResponse(status: $0.status)
    }

    /// The defaults.
    public init() {}
  }

  /// Makes the handler of one event loop, when the server starts.
  public typealias MakeHandler = @Sendable (LoopExecutor) -> any RequestHandler

  /// Takes a request on the connection's loop.
  public typealias Handler = @Sendable (HTTPRequest, Responder) -> Void

  /// Why ``start()`` failed.
  public enum StartError: Error {
    /// The server was started before.
    case alreadyStarted
    /// The address can't be bound.
    case system(SystemError)
    /// The address with the port of TLS can't be bound.
    case tlsAddress(SystemError)
    /// TLS can't be spoken.
    case tls(TLSError)
  }

  private enum State {
    case idle
    case running(RunningServer)
    case stopping(RunningServer, waiting: [CheckedContinuation<Void, Never>])
    case stopped
  }

  private let configuration: Configuration
  private let makeHandler: MakeHandler
  private let state = Mutex(State.idle)
  private let counter: ConnectionCounter

  /// Creates a server with a handler for each event loop; ``start()`` binds it.
  public init(configuration: Configuration, makeHandler: @escaping MakeHandler) {
    self.configuration = configuration
    self.makeHandler = makeHandler
    counter = ConnectionCounter(limit: configuration.limits.connections)
  }

  /// Creates a server whose loops share a handler that keeps nothing from request to request.
  public convenience init(configuration: Configuration, handler: @escaping Handler) {
    self.init(configuration: configuration) { _ in ClosureHandler(handler) }
  }

  /// A server that is released without ``stop(within:)`` ends at once.
  deinit {
    if case .running(let running) = state.withLock({ $0 }) { running.abort() }
  }

  /// The number of connections at the moment.
  public var connectionCount: Int { counter.count }

  // MARK: Start

  /// Binds, listens and accepts; connections are accepted from here on.
  ///
  /// - Returns: The port.
  /// - Throws: ``StartError`` when the address can't be bound or the server was started before.
  public func start() throws(StartError) -> Int {
    try state.withLock { state throws(StartError) in
      guard case .idle = state else { throw .alreadyStarted }
      let running = try RunningServer(
        configuration: configuration, makeHandler: makeHandler, counter: counter)
      state = .running(running)
      return running.port
    }
  }

  /// The port of TLS while the server runs; nil when there is none.
  public var tlsPort: Int? { running?.tlsPort }

  // MARK: Arrivals

  /// Returns when everything that had arrived at the server's sockets before the call has been
  /// processed.
  ///
  /// Waiting connections are accepted, bytes are read, and complete requests are passed to the
  /// handler. Closes and resets are noted, so that ``Responder/isClientGone`` and
  /// ``ResponseStream/whenGone(_:)`` report them. Each loop checks its sockets itself, whatever its
  /// readiness mechanism has reported, so the guarantee is the same for every ``EventLoopKind``.
  /// Two things can't be processed yet and wait: connections above ``HTTPLimits/connections``, and
  /// requests that are pipelined behind one whose answer isn't out. The close of a client with such
  /// requests is still noted.
  ///
  /// Of a message larger than the socket's buffer, the rest is read as it arrives, up to 4 MiB.
  /// Anything else that arrives meanwhile may be left for later, so that a client that sends
  /// without pause can't delay the return. The call takes one `poll` for each loop and one or two
  /// reads for each socket that has something new. Returns at once when the server has not started
  /// or has stopped. May be awaited by a task that a handler has started, never blocks a loop, and
  /// may be called by several tasks at a time.
  public func processArrivals() async {
    await running?.processArrivals()
  }

  private var running: RunningServer? {
    state.withLock { state in
      switch state {
      case .running(let running), .stopping(let running, _): running
      case .idle, .stopped: nil
      }
    }
  }

  // MARK: Stop

  /// Stops accepting, ends endless streams, lets running requests finish, then ends every
  /// connection.
  ///
  /// Returns when the last connection, the listener and the loops are closed. May be called again
  /// meanwhile, and the sooner of the ends is kept: `stop(within: 0)` cuts a long one short.
  ///
  /// - Parameter seconds: How long running requests may take. The default is 5.
  public func stop(within seconds: Double = 5) async {
    let (running, isFirst) = state.withLock { state -> (RunningServer?, Bool) in
      switch state {
      case .running(let running):
        state = .stopping(running, waiting: [])
        return (running, true)
      case .stopping(let running, _): return (running, false)
      case .idle, .stopped:
        state = .stopped
        return (nil, false)
      }
    }
    guard let running else { return }
    running.closeConnections(in: seconds)
    if isFirst {
      await running.stop()
      finish()
    } else {
      await untilStopped()
    }
  }

  private func finish() {
    let finished = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard case .stopping(_, let waiting) = state else { return [] }
      state = .stopped
      return waiting
    }
    for continuation in finished { continuation.resume() }
  }

  private func untilStopped() async {
    await withCheckedContinuation { continuation in
      let isStopped = state.withLock { state in
        guard case .stopping(let running, let waiting) = state else { return true }
        state = .stopping(running, waiting: waiting + [continuation])
        return false
      }
      if isStopped { continuation.resume() }
    }
  }
}
