import Dispatch
import Synchronization

/// An HTTP/1.1 server on sockets. Bytes in, requests out; responses in, bytes out.
///
/// A few event loops own the connections; the handler is called on a connection's loop, must not
/// block there, and answers through its ``Responder`` now or later, from any thread.
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
    /// The time of the `Date` field, in seconds since the Unix epoch. The default is the system's.
    public var secondsSinceEpoch: @Sendable () -> Int64 = {
      System.wallNanoseconds() / 1_000_000_000
    }
    /// Renders the one answer to a request that can't be read. The default has an empty body.
    public var renderError: @Sendable (RequestError) -> HTTPResponse = {
      HTTPResponse(status: $0.status)
    }

    /// The defaults.
    public init() {}
  }

  /// Takes a request on the connection's loop.
  public typealias Handler = @Sendable (HTTPRequest, Responder) -> Void

  /// Why ``start()`` refused.
  public enum StartError: Error {
    /// The server was started before.
    case alreadyStarted
    /// The address can't be bound.
    case system(SystemError)
  }

  private struct Running {
    let acceptor: Acceptor
    let groups: [ConnectionGroup]
    let ticker: any DispatchSourceTimer
  }

  private enum State {
    case idle
    case running(Running)
    case stopping(Running, waiting: [CheckedContinuation<Void, Never>])
    case stopped
  }

  private static let tickInterval = DispatchTimeInterval.milliseconds(250)

  private let configuration: Configuration
  private let handler: Handler
  private let state = Mutex(State.idle)
  private let live = Atomic<Int>(0)

  /// Creates a server; ``start()`` binds it.
  public init(configuration: Configuration, handler: @escaping Handler) {
    self.configuration = configuration
    self.handler = handler
  }

  /// The number of connections at the moment.
  public var connectionCount: Int { live.load(ordering: .relaxed) }

  // MARK: Start

  /// Binds, listens and accepts; connections are accepted from here on.
  ///
  /// - Returns: The port.
  /// - Throws: ``StartError`` when the address can't be bound or the server was started before.
  public func start() throws(StartError) -> Int {
    try state.withLock { state throws(StartError) in
      guard case .idle = state else { throw .alreadyStarted }
      do throws(SystemError) {
        let (running, port) = try open()
        state = .running(running)
        return port
      } catch {
        throw .system(error)
      }
    }
  }

  private func open() throws(SystemError) -> (Running, Int) {
    let (listener, port) = try System.listen(
      host: configuration.host, port: configuration.port, backlog: configuration.backlog)
    var groups: [ConnectionGroup] = []
    for _ in 0..<max(1, configuration.loops) {
      groups.append(
        ConnectionGroup(
          loop: try configuration.eventLoop.makeLoop(), configuration: configuration,
          handler: handler, onRemoval: { [unowned self] in removed() }))
    }
    let acceptor = Acceptor(
      listener: listener, groups: groups,
      admit: { [unowned self] in admit() }, release: { [unowned self] in release() })
    groups[0].loop.execute {
      // A fresh loop can only fail to watch the listener when the system is out of memory.
      try? acceptor.start()
    }
    let ticker = DispatchSource.makeTimerSource(queue: .global())
    ticker.schedule(deadline: .now() + Self.tickInterval, repeating: Self.tickInterval)
    ticker.setEventHandler { [groups] in
      for group in groups { group.loop.execute { group.tick() } }
      groups[0].loop.execute { acceptor.resume() }
    }
    ticker.activate()
    return (Running(acceptor: acceptor, groups: groups, ticker: ticker), port)
  }

  private func admit() -> Bool {
    let count = live.add(1, ordering: .relaxed).newValue
    guard count > configuration.limits.connections else { return true }
    release()
    return false
  }

  private func release() { live.subtract(1, ordering: .relaxed) }

  private func removed() {
    let remaining = live.subtract(1, ordering: .relaxed).newValue
    let finished = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard case .stopping(let running, let waiting) = state, remaining == 0 else { return [] }
      state = .stopping(running, waiting: [])
      return waiting
    }
    for continuation in finished { continuation.resume() }
  }

  // MARK: Stop

  /// Stops accepting, lets running requests finish, then ends every connection.
  ///
  /// - Parameter seconds: How long running requests may take. The default is 5.
  public func stop(within seconds: Double = 5) async {
    let running = state.withLock { state -> Running? in
      guard case .running(let running) = state else {
        state = .stopped
        return nil
      }
      state = .stopping(running, waiting: [])
      return running
    }
    guard let running else { return }
    running.ticker.cancel()
    let (acceptor, groups) = (running.acceptor, running.groups)
    groups[0].loop.execute { acceptor.close() }
    for group in groups { group.loop.execute { group.stop() } }
    let timeout = DispatchWorkItem {
      for group in groups { group.loop.execute { group.closeAll() } }
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: timeout)
    await untilEmpty()
    timeout.cancel()
    for group in groups {
      await withCheckedContinuation { continuation in
        group.loop.execute { continuation.resume() }
      }
      group.loop.stop()
    }
    state.withLock { $0 = .stopped }
  }

  private func untilEmpty() async {
    await withCheckedContinuation { continuation in
      let isEmpty = state.withLock { state in
        guard case .stopping(let running, let waiting) = state,
          live.load(ordering: .relaxed) > 0
        else { return true }
        state = .stopping(running, waiting: waiting + [continuation])
        return false
      }
      if isEmpty { continuation.resume() }
    }
  }
}
