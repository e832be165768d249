import Platform
import Synchronization
import Testing

@testable import HTTPServer

@Suite("Own requests", .timeLimit(.minutes(5)))
struct OneShotClientTests {
  private static let request = Array(
    "POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)

  private func send(
    _ client: OneShotClient, to host: String = "127.0.0.1", port: Int, within seconds: Double = 100
  ) async -> OneShotClient.Outcome {
    await withCheckedContinuation { continuation in
      client.send(Self.request, host: host, port: port, within: seconds) {
        continuation.resume(returning: $0)
      }
    }
  }

  /// A port that takes connections and never answers: nobody accepts them.
  private func withSilence(_ body: (Int) async throws -> Void) async throws {
    let (descriptor, port) = try System.listen(host: "127.0.0.1", port: 0, backlog: 64)
    defer { System.close(descriptor) }
    try await body(port)
  }

  @Test("A status is what was answered, by name and by address", arguments: EventLoopKind.tested)
  func answered(kind: EventLoopKind) async throws {
    let server = try TestServer.start(
      kind, handler: { _, responder in responder.respond(HTTPResponse(status: 503)) })
    let client = OneShotClient(eventLoop: kind)
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
      #expect(await send(client, to: host, port: server.port) == .answered(503))
    }
    client.close()
    await server.server.stop(within: 0)
  }

  @Test("Receivers that don't answer end together by their time, and delay nobody")
  func silence() async throws {
    let server = try TestServer.start(.platformDefault)
    let client = OneShotClient()
    try await withSilence { port in
      // Measured where the client tells it: on a busy machine it may be long until a test hears.
      let ends = Mailbox<(outcome: OneShotClient.Outcome, at: Int64)>()
      let start = System.monotonicNanoseconds()
      for _ in 0..<40 {
        client.send(Self.request, host: "127.0.0.1", port: port, within: 1) {
          ends.put(($0, System.monotonicNanoseconds()))
        }
      }
      #expect(await send(client, port: server.port) == .answered(200))
      for _ in 0..<40 {
        let end = try await ends.next()
        #expect(end.outcome == .failed("no answer within 1 seconds"))
        // Not one after the other.
        #expect(end.at - start < 30_000_000_000)
      }
    }
    client.close()
    await server.server.stop(within: 0)
  }

  @Test("A receiver that refuses is told at once; no name and no port are reasons, too")
  func refused() async throws {
    let (descriptor, port) = try System.listen(host: "127.0.0.1", port: 0, backlog: 1)
    System.close(descriptor)
    let client = OneShotClient()
    #expect(await send(client, port: port) == .failed("Connection refused"))
    guard case .failed = await send(client, to: "localhost", port: 70_000) else {
      Issue.record("a port that is none")
      return
    }
    client.close()
    #expect(await send(client, port: port) == .failed("stopped"))
  }

  @Test("No exchange makes a thread, and none leaves a descriptor")
  func resources() async throws {
    let server = try TestServer.start(.platformDefault)
    let client = OneShotClient()
    #expect(await send(client, port: server.port) == .answered(200))
    let before = RawClient.openSockets(port: server.port)
    for _ in 0..<50 { #expect(await send(client, port: server.port) == .answered(200)) }
    client.close()
    #expect(await eventually { RawClient.openSockets(port: server.port) <= before })
    await server.server.stop(within: 0)
  }
}

@Suite("Kept connections", .timeLimit(.minutes(5)))
struct KeptConnectionTests {
  /// With a connection that may be kept.
  private static let request = Array(
    "POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".utf8)

  /// Sends requests one after the other, each as soon as the one before is answered.
  private static func chain(
    _ client: OneShotClient, _ count: Int, port: Int, _ ends: Mailbox<OneShotClient.Outcome>
  ) {
    client.send(
      request, host: "127.0.0.1", port: port, within: 100, keepsConnection: true
    ) { outcome in
      ends.put(outcome)
      if count > 1 { chain(client, count - 1, port: port, ends) }
    }
  }

  @Test("Requests that follow at once share connections", arguments: EventLoopKind.tested)
  func shared(kind: EventLoopKind) async throws {
    let (listener, port) = try System.listen(host: "127.0.0.1", port: 0, backlog: 64)
    defer { System.close(listener) }
    let accepted = Mutex(0)
    try System.startThread { Self.serve(listener, requests: 250) { accepted.withLock { $0 += 1 } } }
    let client = OneShotClient(eventLoop: kind)
    let ends = Mailbox<OneShotClient.Outcome>()
    Self.chain(client, 250, port: port, ends)
    for _ in 0..<250 { #expect(try await ends.next() == .answered(200)) }
    // None carries more than so many, and a slow machine's carry fewer.
    #expect(accepted.withLock { $0 } >= 250 / ClientConnection.mostRequests)
    #expect(accepted.withLock { $0 } < 250)
    client.close()
  }

  /// Serves one connection at a time, each until it is closed.
  private static func serve(_ listener: Int32, requests: Int, accepted: () -> Void) {
    var left = requests
    var buffer = [UInt8](repeating: 0, count: 65536)
    let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
    while left > 0 {
      guard case .done(let descriptor) = System.accept(listener) else {
        RawClient.pause()
        continue
      }
      accepted()
      connection: while true {
        switch buffer.withUnsafeMutableBytes({ System.receive(Int32(descriptor), into: $0) }) {
        case .done:
          left -= 1
          _ = answer.withUnsafeBytes { System.send(Int32(descriptor), $0) }
        case .wouldBlock: RawClient.pause()
        case .endOfStream, .failed: break connection
        }
        // The last one is closed by the client, too, but nobody waits for that.
        if left == 0 { break }
      }
      System.close(Int32(descriptor))
    }
  }

  @Test("A connection that was just kept ends with its client")
  func closed() async throws {
    let server = try TestServer.start(.platformDefault)
    let client = OneShotClient()
    let before = RawClient.openSockets(port: server.port)
    let ends = Mailbox<OneShotClient.Outcome>()
    client.send(
      Self.request, host: "127.0.0.1", port: server.port, within: 100, keepsConnection: true
    ) { outcome in
      client.close()
      ends.put(outcome)
    }
    #expect(try await ends.next() == .answered(200))
    #expect(await eventually { RawClient.openSockets(port: server.port) <= before })
    await server.server.stop(within: 0)
  }

  @Test("A connection that nothing follows on is closed at once")
  func idle() async throws {
    let server = try TestServer.start(.platformDefault)
    let client = OneShotClient()
    let before = RawClient.openSockets(port: server.port)
    let ends = Mailbox<OneShotClient.Outcome>()
    Self.chain(client, 50, port: server.port, ends)
    for _ in 0..<50 { #expect(try await ends.next() == .answered(200)) }
    #expect(await eventually { RawClient.openSockets(port: server.port) <= before })
    client.close()
    await server.server.stop(within: 0)
  }
}

@Suite("Names", .timeLimit(.minutes(5)))
struct ResolverTests {
  /// Lookups that wait until they are let go.
  private final class Lookups: Sendable {
    let begun = Mutex<[String]>([])
    let gate = Latch()

    func lookUp(_ host: String) throws(SystemError) -> [SocketAddress] {
      begun.withLock { $0.append(host) }
      if host.hasPrefix("slow") { gate.wait() }
      return try SocketAddress.all(of: "192.0.2.1", port: 80, mayBlock: false)
    }
  }

  private func resolve(_ resolver: Resolver, _ host: String) async -> [String] {
    await withCheckedContinuation { continuation in
      resolver.resolve(host, port: 80) {
      } completion: { outcome in
        continuation.resume(returning: ((try? outcome.get()) ?? []).map(\.numericHost))
      }
    }
  }

  @Test("Addresses and localhost are known without a lookup")
  func known() async {
    let lookups = Lookups()
    let resolver = Resolver { (host, _) throws(SystemError) in try lookups.lookUp(host) }
    #expect(await resolve(resolver, "127.0.0.7") == ["127.0.0.7"])
    #expect(await resolve(resolver, "::1") == ["::1"])
    #expect(await resolve(resolver, "localhost") == ["127.0.0.1", "::1"])
    #expect(lookups.begun.withLock { $0 }.isEmpty)
  }

  @Test("A name is looked up once for all who ask meanwhile, and holds up no other name")
  func shared() async {
    let lookups = Lookups()
    let resolver = Resolver { (host, _) throws(SystemError) in try lookups.lookUp(host) }
    await withTaskGroup(of: [String].self) { group in
      for _ in 0..<10 { group.addTask { await resolve(resolver, "slow.example") } }
      #expect(await eventually { lookups.begun.withLock { $0 } == ["slow.example"] })
      #expect(await resolve(resolver, "quick.example") == ["192.0.2.1"])
      lookups.gate.open()
      for await addresses in group { #expect(addresses == ["192.0.2.1"]) }
    }
    // Whoever asked late may have had it looked up again.
    #expect(lookups.begun.withLock { $0 }.filter { $0 == "slow.example" }.count <= 10)
  }

  @Test("A name for which there is no thread begins when there is one: its time runs from then")
  func begins() async {
    let lookups = Lookups()
    let resolver = Resolver { (host, _) throws(SystemError) in try lookups.lookUp(host) }
    let begun = Mutex<[String]>([])
    let done = Mutex(0)
    for host in (0..<5).map({ "slow-\($0).example" }) {
      resolver.resolve(host, port: 80) {
        begun.withLock { $0.append(host) }
      } completion: { _ in
        done.withLock { $0 += 1 }
      }
    }
    #expect(await eventually { begun.withLock { $0.count } == 4 })
    #expect(!begun.withLock { $0.contains("slow-4.example") })
    lookups.gate.open()
    #expect(await eventually { done.withLock { $0 } == 5 })
    #expect(begun.withLock { $0.contains("slow-4.example") })
  }
}
