import CloroContract
import HTTPServer

/// What is done with a request that is meant for a proxy. A pure rule.
struct ProxyRules: Sendable {
  enum Verdict: Equatable {
    /// It is answered like any other.
    case answer
    /// A `CONNECT` to cloro's API: the double answers in its place.
    case intercept
    /// A `CONNECT` to another host.
    case tunnel(ProxyTarget)
    case refuse(ProxyRefusal)
  }

  /// Whether other hosts are let through.
  let letsThrough: Bool
  /// The admin token; nil leaves the proxy open to this machine.
  let token: String?
  /// The address or name that the double listens on.
  let ownName: String
  /// The ports that it listens on.
  let ownPorts: @Sendable () -> [Int]

  /// - Parameters:
  ///   - head: Of a request whose target names a host.
  ///   - isFromLoopback: Whether the client is on this machine; asked only when needed.
  func verdict(on head: RequestHead, isFromLoopback: () -> Bool) -> Verdict {
    let authority = head.authority ?? ""
    let target = ProxyTarget(authority)
    let connects = head.method == .connect
    // A server is to take the absolute form as well. (RFC 9112, section 3.2.2)
    if !connects, isOwn(target) { return .answer }
    // Behind a CONNECT there is one host alone, and nobody is asked for the token again.
    if head.isProxied { return target.isService ? .answer : .refuse(.plain(authority)) }
    if let token {
      guard AdminToken.isCarried(by: head.fields["Proxy-Authorization"], token) else {
        return .refuse(.unauthorized)
      }
    } else if !isFromLoopback() {
      return .refuse(.foreign)
    }
    guard connects else {
      let isService = target.isService && [nil, 80, ServiceAddress.port].contains(target.port)
      return isService ? .answer : .refuse(.plain(authority))
    }
    if target.isService {
      // Nothing may reach the service itself with a key of the double's.
      return target.port == ServiceAddress.port ? .intercept : .refuse(.otherPort(authority))
    }
    return letsThrough ? .tunnel(target) : .refuse(.otherHost(authority))
  }

  /// Whether an absolute form names the double itself.
  private func isOwn(_ target: ProxyTarget) -> Bool {
    // The port that isn't given is that of http, or of https.
    let ports = target.port.map { [$0] } ?? [80, 443]
    guard ownPorts().contains(where: ports.contains) else { return false }
    let name = target.name
    return ["localhost", "::1", ownName.lowercased()].contains(name) || name.hasPrefix("127.")
  }
}

/// Why a request that is meant for a proxy is refused.
enum ProxyRefusal: Equatable {
  /// Another host; carries it with its port.
  case otherHost(String)
  /// cloro's API at a port that it doesn't have.
  case otherPort(String)
  /// Plain http to another host, which no mode offers.
  case plain(String)
  /// The token is missing or wrong.
  case unauthorized
  /// The client is on another machine, and there is no token.
  case foreign
  /// TLS can't be had, for this reason.
  case withoutTLS(String)
  /// A tunnel can't be opened.
  case tunnel(Responder.TunnelOutcome, to: String)

  var error: ControlError {
    switch self {
    case .otherHost(let target):
      forbidden(
        """
        This proxy answers for api.cloro.dev:443 alone, and \(target) is another host: start \
        cloro-mock with --proxy tunnel (CLORO_MOCK_PROXY=tunnel) to let other hosts through.
        """)
    case .otherPort(let target):
      forbidden("\(target) is refused: of api.cloro.dev only port 443 is answered for.")
    case .plain(let target):
      forbidden(
        """
        \(target) is refused: plain http is passed on to no host but answered for api.cloro.dev, \
        so HTTP_PROXY should not lead here. Set HTTPS_PROXY alone; other https hosts need \
        --proxy tunnel (CLORO_MOCK_PROXY=tunnel).
        """)
    case .unauthorized:
      ControlError(
        status: 407, code: "PROXY_AUTHENTICATION_REQUIRED",
        message: """
          The proxy needs the admin token: as the password in its address, \
          http://cloro-mock:TOKEN@HOST:PORT, or as bearer.
          """)
    case .foreign:
      forbidden(
        """
        Only this machine may use the proxy, because there is no admin token: start cloro-mock \
        with --admin-token, and give it as the password in the proxy's address.
        """)
    case .withoutTLS(let reason): .failed("api.cloro.dev can't be answered for: \(reason).")
    case .tunnel(let outcome, let target): tunnelError(outcome, target)
    }
  }

  private func tunnelError(_ outcome: Responder.TunnelOutcome, _ target: String) -> ControlError {
    switch outcome {
    case .open, .ownAddress:
      forbidden("\(target) is this double itself: call it without the proxy (NO_PROXY).")
    case .unreachable(let reason):
      ControlError(
        status: 502, code: "BAD_GATEWAY", message: "\(target) can't be reached: \(reason).")
    case .timedOut:
      ControlError(
        status: 504, code: "GATEWAY_TIMEOUT", message: "\(target) took too long to connect to.")
    case .tooMany:
      ControlError(
        status: 503, code: "TOO_MANY_TUNNELS",
        message: "No tunnel to \(target): there are as many as there may be, so try again later.")
    }
  }

  private func forbidden(_ message: String) -> ControlError {
    ControlError(status: 403, code: "PROXY_REFUSED", message: message)
  }
}
