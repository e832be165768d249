/// Bounds on everything that a peer can make grow or last.
public struct HTTPLimits: Sendable {
  /// The longest request line in bytes, 414 beyond. The default is 64 KiB.
  public var requestLine = 64 * 1024
  /// The longest head (request line and fields) in bytes, 431 beyond. The default is 64 KiB.
  public var head = 64 * 1024
  /// The most header fields, and the most trailer fields, of a request, 431 beyond. The default is
  /// 200.
  public var fields = 200
  /// The longest body in bytes, 413 beyond; a declared length is refused at the header. The default
  /// is 32 MiB.
  public var body = 32 * 1024 * 1024
  /// The most bytes that all connections hold together. It counts bodies larger than 64 KiB that
  /// are being received or answered; beyond the limit they get 503. It also counts responses that
  /// wait for clients that read slowly; beyond the limit their connection is reset. The default is
  /// 1 GiB.
  public var heldBytes = 1024 * 1024 * 1024
  /// Seconds from a TLS connection's beginning to the end of its handshake; it is then closed. The
  /// default is 10.
  public var handshakeSeconds = 10.0
  /// Seconds from a head's first byte to its last, 408 beyond. The default is 10.
  public var headSeconds = 10.0
  /// Seconds without a further byte of a body that is incomplete, 408 beyond. The default is 30.
  public var bodySeconds = 30.0
  /// Seconds that a connection may be silent between requests; it is then closed. The default is
  /// 75.
  public var idleSeconds = 75.0
  /// Seconds without progress in sending a response; the connection is then reset. The default is
  /// 30.
  public var writeSeconds = 30.0
  /// The most connections at a time; further ones wait in the backlog. The default is 20,000.
  public var connections = 20_000
  /// The most connections that the process itself opens at a time, to all receivers of webhooks
  /// together. The default is 256.
  public var outgoing = 256

  /// The most tunnels at a time that a server which is a proxy opens; further ones are refused. The
  /// default is 256.
  public var tunnels = 256
  /// Seconds that connecting a tunnel may take in all, from when its name is looked up. The default
  /// is 15.
  public var tunnelConnectSeconds = 15.0
  /// Seconds without a byte in either direction of a tunnel; both ends are then reset. The default
  /// is 600.
  public var tunnelIdleSeconds = 600.0

  /// The defaults.
  public init() {}
}
