import Platform
import Synchronization
import TLS

@testable import HTTPServer

/// A running server and ways to reach it.
struct TestServer: Sendable {
  let server: HTTPServer
  let port: Int
  /// Whether its clients speak TLS.
  var speaksTLS = false

  func client(receiveBuffer: Int32? = nil) throws -> RawClient {
    try RawClient(port: port, receiveBuffer: receiveBuffer, speaksTLS: speaksTLS)
  }

  /// Starts a server on a free port. Its deadlines are far away unless `configure` sets them: what
  /// a test doesn't ask about must not end it on a busy machine.
  static func start(
    _ kind: EventLoopKind, loops: Int = 2,
    configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    handler: @escaping HTTPServer.Handler = TestServer.echo
  ) throws -> TestServer {
    var configuration = HTTPServer.Configuration()
    configuration.eventLoop = kind
    configuration.loops = loops
    configuration.renderError = refusal
    for seconds in [
      \HTTPLimits.headSeconds, \.bodySeconds, \.idleSeconds, \.writeSeconds, \.handshakeSeconds,
    ] {
      configuration.limits[keyPath: seconds] = 3600
    }
    configure(&configuration)
    let server = HTTPServer(configuration: configuration, handler: handler)
    return TestServer(server: server, port: try server.start())
  }

  /// Starts a server, runs a client's code on a thread of its own, and stops the server.
  static func with(
    _ kind: EventLoopKind, loops: Int = 2,
    configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    handler: @escaping HTTPServer.Handler = TestServer.echo,
    run body: @escaping @Sendable (TestServer) throws -> Void
  ) async throws {
    let server = try start(kind, loops: loops, configure: configure, handler: handler)
    let result = await onThread { Result { try body(server) } }
    await server.server.stop(within: 0)
    try result.get()
  }

  /// ``with(_:loops:configure:handler:run:)-(EventLoopKind,_,_,_,_)`` over a way of speaking.
  static func with(
    _ wire: Wire, loops: Int = 2,
    configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    handler: @escaping HTTPServer.Handler = TestServer.echo,
    run body: @escaping @Sendable (TestServer) throws -> Void
  ) async throws {
    let server = try start(wire, loops: loops, configure: configure, handler: handler)
    let result = await onThread { Result { try body(server) } }
    await server.server.stop(within: 0)
    try result.get()
  }

  /// ``start(_:loops:configure:handler:)-(EventLoopKind,_,_,_)`` over a way of speaking.
  static func start(
    _ wire: Wire, loops: Int = 2,
    configure: (inout HTTPServer.Configuration) -> Void = { _ in },
    handler: @escaping HTTPServer.Handler = TestServer.echo
  ) throws -> TestServer {
    let configure: (inout HTTPServer.Configuration) -> Void = { configuration in
      configure(&configuration)
      guard wire.speaksTLS else { return }
      configuration.tls = TestServer.tls
      configuration.tlsPort = 0
    }
    let plain = try start(wire.kind, loops: loops, configure: configure, handler: handler)
    guard wire.speaksTLS else { return plain }
    return TestServer(server: plain.server, port: plain.server.tlsPort!, speaksTLS: true)
  }

  /// One for all tests: its authority is made once.
  static let tls = TLSContext()

  /// A refusal in JSON, as the double sends it. A reason contains nothing that must be escaped.
  static let refusal: @Sendable (RequestError) -> HTTPResponse = { error in
    var fields = HTTPFields()
    fields.append("Content-Type", "application/json")
    return HTTPResponse(
      status: error.status, fields: fields,
      body: Array("{\"error\":{\"message\":\"\(error.reason)\"}}".utf8))
  }

  /// Answers at once with everything that was parsed.
  static let tell: HTTPServer.Handler = { request, responder in
    let start = "\(request.method.rawValue) \(request.path)?\(request.query ?? "-") "
    responder.respond(HTTPResponse(status: 200, body: Array(start.utf8) + request.body))
  }

  /// Answers at once with the method, the path and the body.
  static let echo: HTTPServer.Handler = { request, responder in
    responder.respond(
      HTTPResponse(
        status: 200, body: Array("\(request.method.rawValue) \(request.path) ".utf8) + request.body)
    )
  }
}

/// Runs blocking code on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
  await withCheckedContinuation { continuation in
    do {
      try System.startThread { continuation.resume(returning: body()) }
    } catch {
      fatalError("\(error)")
    }
  }
}

/// Waits for a condition that no event reports; the deadline only guards against a hang.
func eventually(_ condition: @escaping @Sendable () -> Bool) async -> Bool {
  await onThread { comes(condition) }
}

/// ``eventually(_:)`` for code that runs on a thread of its own.
func comes(_ condition: () -> Bool) -> Bool {
  let end = System.monotonicNanoseconds() + Int64(RawClient.patience) * 1_000_000
  while !condition() {
    if System.monotonicNanoseconds() > end { return false }
    RawClient.pause()
  }
  return true
}
