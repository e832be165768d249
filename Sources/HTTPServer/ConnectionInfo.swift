/// What a connection is, beyond what its requests say.
public struct ConnectionInfo: Sendable, Equatable {
  /// Whether the client speaks TLS to the server, so that its scheme is `https`.
  public var isSecure = false
  /// Whether the client believes to be connected to another host: it asked for a tunnel with
  /// `CONNECT`, and the server answers in that host's place.
  public var isIntercepted = false

  /// A plain connection to the server itself.
  public init() {}

  /// `https` or `http`.
  public var scheme: String { isSecure ? "https" : "http" }
}
