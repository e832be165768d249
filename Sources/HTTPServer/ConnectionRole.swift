/// What a connection is to its peer, which decides about `CONNECT` and what is said of requests.
public enum ConnectionRole: Sendable {
  /// An origin server, which refuses `CONNECT` with 405.
  case server
  /// A server that is a proxy too: it takes `CONNECT`.
  case proxy
  /// A server behind a `CONNECT` that was answered. It refuses further ones, and its requests are
  /// marked: see ``RequestHead/isProxied``.
  case intercepted
}
