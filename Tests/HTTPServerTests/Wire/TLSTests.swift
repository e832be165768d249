import Platform
import Testing

@testable import HTTPServer
@testable import TLS

@Suite("TLS on the wire")
struct TLSTests {
  @Test(
    "A connection that doesn't finish its handshake is closed in time",
    arguments: EventLoopKind.tested)
  func slowHandshake(kind: EventLoopKind) async throws {
    let server = try TestServer.start(
      Wire(kind: kind, speaksTLS: true), configure: { $0.limits.handshakeSeconds = 0.1 })
    for beginning: [UInt8] in [[], [0x16], [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]] {
      let client = try RawClient(port: server.port)
      try client.send(beginning)
      let (bytes, end) = try await client.end()
      #expect(bytes.isEmpty && end == .finished)
    }
    #expect(await eventually { server.server.connectionCount == 0 })
    await server.server.stop(within: 0)
  }

  @Test("Plain HTTP is told to use https", arguments: EventLoopKind.tested)
  func plain(kind: EventLoopKind) async throws {
    let server = try TestServer.start(Wire(kind: kind, speaksTLS: true))
    let client = try RawClient(port: server.port)
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let answer = try await client.answer()
    #expect(answer.status == 400 && answer.text.contains("https"))
    #expect(try await client.end().end == .finished)
    await server.server.stop(within: 0)
  }

  @Test("The handler is told whether its client speaks TLS", arguments: Wire.allCases)
  func info(wire: Wire) async throws {
    try await TestServer.with(
      wire,
      handler: { _, responder in
        let info = responder.connectionInfo
        responder.respond(
          HTTPResponse(status: 200, body: Array("\(info.scheme) \(info.isIntercepted)".utf8)))
      },
      run: { server in
        let client = try server.client()
        for _ in 0..<2 {
          try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try client.response().text == (wire.speaksTLS ? "https false" : "http false"))
        }
      })
  }

  @Test("A stop ends idle connections and handshakes at once", arguments: EventLoopKind.tested)
  func stop(kind: EventLoopKind) async throws {
    let server = try TestServer.start(Wire(kind: kind, speaksTLS: true))
    let idle = try server.client()
    let silent = try RawClient(port: server.port)
    #expect(await eventually { server.server.connectionCount == 2 })
    await server.server.stop(within: 3600)
    // The idle one is told by TLS, too.
    #expect(try await idle.end().end == .finished)
    #expect(try await silent.end().end == .finished)
  }

  @Test("A large response that its client takes late is whole", arguments: EventLoopKind.tested)
  func large(kind: EventLoopKind) async throws {
    let body = (0..<8_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try await TestServer.with(
      Wire(kind: kind, speaksTLS: true),
      handler: { _, responder in responder.respond(HTTPResponse(status: 200, body: body)) },
      run: { server in
        let client = try server.client(receiveBuffer: 4096)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let (bytes, end) = try client.receiveToEnd()
        #expect(bytes.suffix(body.count).elementsEqual(body) && end == .finished)
      })
  }

  @Test(
    "Keys may be changed, but not forever by a client that doesn't read",
    arguments: EventLoopKind.tested)
  func keyUpdates(kind: EventLoopKind) async throws {
    let body = [UInt8](repeating: 0x61, count: 8_000_000)
    try await TestServer.with(
      Wire(kind: kind, speaksTLS: true),
      handler: { request, responder in
        responder.respond(
          HTTPResponse(status: 200, body: request.path == "/large" ? body : latin1("short")))
      },
      run: { server in
        let client = try server.client(receiveBuffer: 4096)
        for _ in 0..<100 {
          #expect(client.updateKeys())
          try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try client.response().text == "short")
        }
        try client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        // The server's answers wait behind the response, until they are too many.
        #expect(comes { !client.updateKeys() || server.server.connectionCount == 0 })
        #expect(comes { server.server.connectionCount == 0 })
      })
  }

  @Test("A server whose certificate can't be used doesn't start")
  func unusable() throws {
    var configuration = HTTPServer.Configuration()
    configuration.tls = TLSContext(.files(certificate: "/nowhere/a.pem", key: "/nowhere/b.pem"))
    configuration.tlsPort = 0
    let server = HTTPServer(configuration: configuration) { _, _ in }
    #expect {
      try server.start()
    } throws: { error in
      guard case HTTPServer.StartError.tls(let reason) = error else { return false }
      return reason.isOfFiles && reason.description.contains("/nowhere/a.pem")
    }
  }
}

@Suite("Certificates of the double's authority")
struct LeafCertificateTests {
  @Test(
    "are made for names below cloro.dev and localhost, in one form",
    arguments: [
      ("cloro.dev", "cloro.dev"), ("Other.Cloro.DEV", "other.cloro.dev"),
      ("a-b.c_d.localhost", "a-b.c_d.localhost"),
      ("localhost", nil), ("api.cloro.dev", nil), ("example.com", nil), ("xcloro.dev", nil),
      ("cloro.dev.example.com", nil), ("a..cloro.dev", nil), (".cloro.dev", nil),
      ("a b.cloro.dev", nil), ("é.cloro.dev", nil), ("*.cloro.dev", nil), ("", nil),
      ("a,DNS:example.com.cloro.dev", nil),
      (String(repeating: "a", count: 64) + ".cloro.dev", nil),
      (String(repeating: "a.", count: 130) + "cloro.dev", nil),
    ] as [(String, String?)])
  func names(requested: String, certified: String?) {
    #expect(LeafCertificates.certifiable(requested) == certified)
  }

  @Test("are made once, and for so many names at a time")
  func cached() throws {
    try TLSLibrary.load()
    let leaves = try LeafCertificates(of: CertificateAuthority(), host: "127.0.0.2")
    let first = try #require(leaves.certificate(for: "a.cloro.dev"))
    #expect(leaves.certificate(for: "A.cloro.dev") === first)
    #expect(leaves.certificate(for: "example.com") === leaves.certificate(for: nil))
    for number in 0..<LeafCertificates.mostNames {
      #expect(leaves.certificate(for: "\(number).cloro.dev") != nil)
    }
    #expect(leaves.certificate(for: "a.cloro.dev") !== first)
  }

  @Test("end with the authority at the latest, and begin an hour back")
  func lifetime() throws {
    try TLSLibrary.load()
    let authority = try CertificateAuthority()
    let now = CertificateAuthority.now
    let key = try PrivateKey()
    let leaf = try authority.issue("a", names: ["DNS:localhost"], key: key, now: now)
    #expect(leaf.end == now + 7 * 86_400)
    #expect(key.fits(leaf) && !authority.key.fits(leaf))
    let late = now + 89 * 86_400
    #expect(
      try authority.issue("a", names: ["DNS:localhost"], key: key, now: late).end
        == authority.certificate.end)
    let again = try CertificateAuthority(pem: authority.pem)
    #expect(again.certificate.pem == authority.certificate.pem && again.isFresh)
  }
}
