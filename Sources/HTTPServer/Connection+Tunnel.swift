import Platform
import TLS

// A connection whose `CONNECT` is answered: with a tunnel, or in the target's place.

extension Connection {
  /// See ``Responder/tunnel(to:port:_:)``.
  func openTunnel(
    _ number: UInt64, to host: String, port: Int,
    _ completion: @escaping @Sendable (Responder.TunnelOutcome) -> Void
  ) {
    guard number == self.number, !isAnswered, !isClosed, tunnel == nil else { return }
    guard let pool = group.tunnels, pool.admit() else { return completion(.tooMany) }
    let tunnel = Tunnel(self, pool, completion: completion)
    self.tunnel = tunnel
    tunnel.connect(to: host, port: port)
  }

  /// The target is connected: from now on the bytes are the tunnel's.
  ///
  /// - Returns: What the client has sent after its request; nil when the connection has ended, or
  ///   ends because the server stops.
  func startTunnel() -> [UInt8]? {
    guard !isClosed, !isAnswered else { return nil }
    isAnswered = true
    let early = state.tunnelStarted()
    guard !state.isStopping else {
      carryOut(.close)
      return nil
    }
    return early
  }
}

extension Connection {
  /// See ``Responder/intercept(_:)``.
  func intercept(_ number: UInt64, _ failed: (TLSError) -> Void) {
    guard number == self.number, !isAnswered, !isClosed else { return }
    do throws(TLSError) {
      guard let context = group.configuration.tls else { throw TLSError("TLS isn't set up") }
      // This comes before the 200, so that the client can still be told of a failure.
      try context.prepare()
      group.output.removeAll(keepingCapacity: true)
      group.output.append(contentsOf: Tunnel.established)
      transmit(.interim)
      if !isClosed { try startTLS(context, isIntercepted: true) }
    } catch {
      failed(error)
    }
  }
}

extension Responder {
  /// Answers a `CONNECT` in the target's place: the client gets a 200, and begins TLS with this
  /// server. The requests that follow are marked, see ``RequestHead/isProxied``.
  ///
  /// To be called on the connection's loop.
  ///
  /// - Parameter failed: Called at once when TLS can't be had. The request is then still to be
  ///   answered.
  public func intercept(_ failed: (TLSError) -> Void) { connection.intercept(number, failed) }

  /// How opening a tunnel has ended.
  public enum TunnelOutcome: Sendable, Equatable {
    /// It is open, and the client is about to be told.
    case open
    /// The target can't be reached, for this reason of the system's.
    case unreachable(String)
    /// Connecting has taken longer than ``HTTPLimits/tunnelConnectSeconds``.
    case timedOut
    /// There are as many tunnels as there may be, or the process has no descriptor left.
    case tooMany
    /// The target is this server, which would be asked again, and so on.
    case ownAddress
  }

  /// Answers a `CONNECT` with a tunnel to another host.
  ///
  /// When that is open the client gets a 200, and the connection's bytes are passed on from then on
  /// until both ends have finished. Otherwise the request is still to be answered, with a refusal.
  ///
  /// - Parameters:
  ///   - host: A name, or an address without brackets.
  ///   - port: 1 to 65,535.
  ///   - completion: Called once, on the connection's loop; not when the client has gone before.
  public func tunnel(
    to host: String, port: Int, _ completion: @escaping @Sendable (TunnelOutcome) -> Void
  ) {
    _ = connection.onLoop { $0.openTunnel(number, to: host, port: port, completion) }
  }
}
