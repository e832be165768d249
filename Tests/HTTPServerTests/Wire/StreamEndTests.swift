import Platform
import Testing

@testable import HTTPServer

@Suite("A stream's end", .timeLimit(.minutes(5)))
struct StreamEndTests {
  /// More than the sockets' buffers hold.
  private static let huge = [UInt8](repeating: 0x61, count: 20_000_000)

  @Test(
    "by the client's reset is told once, to every completion", arguments: Wire.allCases,
    [true, false])
  func reset(wire: Wire, isEndless: Bool) async throws {
    let probe = try StreamProbe.start(wire, isEndless: isEndless)
    let (client, stream, _) = try await probe.open(receiveBuffer: 8192)
    let (deliveries, lastBytes, gone) = (Mailbox<Responder.Delivery>(), Tally(), Tally())
    stream.whenGone { gone.add() }
    stream.send(Self.huge) { deliveries.put($0) }
    stream.send([0x62]) { deliveries.put($0) }
    stream.finish(
      completion: { deliveries.put($0) }, observer: ResponseProbe(lastByte: { lastBytes.add() }))
    client.reset()
    for _ in 0..<3 { #expect(try await deliveries.next() == .failed) }
    #expect(await stream.deliver("late") == .failed)
    #expect(await eventually { probe.running.server.connectionCount == 0 })
    #expect(deliveries.values.count == 3)
    #expect(lastBytes.count == 1)
    #expect(gone.count == 1)
    stream.whenGone { gone.add() }
    #expect(gone.count == 2)
    #expect(await probe.stop())
  }

  @Test(
    "by the client's reset is noticed while nothing is sent", arguments: Wire.allCases,
    [true, false])
  func quietReset(wire: Wire, isEndless: Bool) async throws {
    let probe = try StreamProbe.start(wire, isEndless: isEndless)
    let (client, stream, _) = try await probe.open()
    client.reset()
    await withCheckedContinuation { continuation in stream.whenGone { continuation.resume() } }
    #expect(await stream.deliver("late") == .failed)
    #expect(await probe.stop())
  }

  @Test("by a half-closed client is orderly when endless", arguments: Wire.allCases)
  func endlessHalfClosed(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire, isEndless: true)
    let (client, stream, _) = try await probe.open()
    #expect(await stream.deliver("x") == .sent)
    client.finishSending()
    await withCheckedContinuation { continuation in stream.whenGone { continuation.resume() } }
    let (bytes, end) = try await client.end()
    #expect(bytes == latin1("1\r\nx\r\n0\r\n\r\n"))
    #expect(end == .finished)
    #expect(await stream.deliver("late") == .failed)
    #expect(await stream.close() == .failed)
    #expect(await probe.stop())
  }

  @Test(
    "comes with its head when an endless one's client has finished before",
    arguments: Wire.allCases)
  func endlessTooLate(wire: Wire) async throws {
    let responders = Mailbox<Responder>()
    let server = try TestServer.start(wire, handler: { responders.put($1) })
    let client = try server.client()
    try client.send(StreamProbe.get)
    client.finishSending()
    let responder = try await responders.next()
    #expect(await eventually { responder.isClientGone })
    let stream = responder.stream(HTTPResponse(status: 200, body: [0x78]), isEndless: true)
    await withCheckedContinuation { continuation in stream.whenGone { continuation.resume() } }
    let text = String(decoding: try await client.end().bytes, as: UTF8.self)
    #expect(text.hasSuffix("\r\n\r\n1\r\nx\r\n0\r\n\r\n"))
    await server.server.stop(within: 0)
  }

  @Test(
    "isn't brought by a half-closed client when it isn't endless", arguments: Wire.allCases
  )
  func finiteHalfClosed(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire)
    let (client, stream, _) = try await probe.open()
    client.finishSending()
    await withCheckedContinuation { continuation in stream.whenGone { continuation.resume() } }
    #expect(await stream.deliver("x") == .sent)
    #expect(await stream.close() == .sent)
    #expect(try await client.end().bytes == latin1("1\r\nx\r\n0\r\n\r\n"))
    #expect(await probe.stop())
  }

  @Test(
    "is seen behind more pipelined bytes than are read", arguments: Wire.allCases,
    [true, false])
  func behindBytes(wire: Wire, byReset: Bool) async throws {
    let probe = try StreamProbe.start(wire, isEndless: true)
    let (client, stream, _) = try await probe.open()
    try client.send([UInt8](repeating: 0x41, count: 270_000))
    if byReset { client.reset() } else { client.finishSending() }
    await withCheckedContinuation { continuation in stream.whenGone { continuation.resume() } }
    #expect(await stream.deliver("late") == .failed)
    #expect(await probe.stop())
  }

  // MARK: By the caller

  @Test(
    "by its caller comes once, and what follows fails", arguments: Wire.allCases,
    [true, false])
  func finishTwice(wire: Wire, byAbandon: Bool) async throws {
    let probe = try StreamProbe.start(wire)
    let (client, stream, _) = try await probe.open()
    let (deliveries, gone, lastBytes) = (Mailbox<Responder.Delivery>(), Tally(), Tally())
    stream.whenGone { gone.add() }
    if byAbandon {
      stream.abandon { deliveries.put($0) }
    } else {
      stream.finish { deliveries.put($0) }
    }
    stream.finish(
      completion: { deliveries.put($0) }, observer: ResponseProbe(lastByte: { lastBytes.add() }))
    stream.send([0x61]) { deliveries.put($0) }
    stream.abandon(resets: true) { deliveries.put($0) }
    #expect(try await deliveries.next() == (byAbandon ? .failed : .sent))
    for _ in 0..<3 { #expect(try await deliveries.next() == .failed) }
    if !byAbandon {
      try client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await client.passage(through: "\r\n\r\n") == "0\r\n\r\n")
      #expect(try await client.answer().text == "GET /next ")
    } else {
      #expect(try await client.end().bytes.isEmpty)
    }
    #expect(await probe.stop())
    #expect(lastBytes.count == 1)
    #expect(gone.count == 0)
  }

  @Test(
    "by being abandoned cuts the body after its last piece", arguments: Wire.allCases,
    [true, false])
  func abandon(wire: Wire, resets: Bool) async throws {
    let probe = try StreamProbe.start(wire)
    let (client, stream, _) = try await probe.open()
    let deliveries = Mailbox<Responder.Delivery>()
    stream.send([0x61]) { deliveries.put($0) }
    if resets {
      // A reset may overtake bytes that the client hasn't read.
      #expect(try await client.passage(through: "a\r\n") == "1\r\na\r\n")
    }
    stream.abandon(resets: resets) { deliveries.put($0) }
    let (bytes, end) = try await client.end()
    #expect(bytes == (resets ? [] : latin1("1\r\na\r\n")))
    #expect(end == (resets ? .reset : .finished))
    #expect(try await deliveries.next() == .sent)
    #expect(try await deliveries.next() == .failed)
    #expect(await probe.stop())
  }

  @Test(
    "by being abandoned doesn't wait for a piece that isn't taken",
    arguments: Wire.allCases)
  func abandonBlocked(wire: Wire) async throws {
    let probe = try StreamProbe.start(wire)
    let (client, stream, _) = try await probe.open(receiveBuffer: 8192)
    let deliveries = Mailbox<Responder.Delivery>()
    stream.send(Self.huge) { deliveries.put($0) }
    stream.send([0x61]) { deliveries.put($0) }
    stream.abandon(resets: true) { deliveries.put($0) }
    for _ in 0..<3 { #expect(try await deliveries.next() == .failed) }
    #expect(try await client.end().end == .reset)
    #expect(await probe.stop())
  }

  @Test("is its beginning for a request that has its answer", arguments: Wire.allCases)
  func answered(wire: Wire) async throws {
    let outcomes = Mailbox<Responder.Delivery>()
    let handler: HTTPServer.Handler = { _, responder in
      responder.respond(HTTPResponse(status: 200))
      let stream = responder.stream(HTTPResponse(status: 500)) { outcomes.put($0) }
      stream.send([0x61]) { outcomes.put($0) }
      stream.whenGone { outcomes.put(.failed) }
    }
    try await TestServer.with(wire, handler: handler) { server in
      let client = try server.client()
      for _ in 0..<2 {
        try client.send(StreamProbe.get)
        #expect(try client.response().status == 200)
      }
    }
    #expect(outcomes.values == Array(repeating: .failed, count: 6))
  }

  // MARK: By the server

  @Test(
    "comes at once and in order when the server stops and it is endless",
    arguments: Wire.allCases,
    [
      ("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", "0\r\n\r\n"),
      ("GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "0\r\n\r\n"),
      ("GET /stream HTTP/1.0\r\n\r\n", ""),
    ])
  func stopEndless(wire: Wire, exchange: (request: String, end: String)) async throws {
    let probe = try StreamProbe.start(wire, isEndless: true)
    let (client, stream, _) = try await probe.open(exchange.request)
    let gone = Tally()
    stream.whenGone { gone.add() }
    await probe.running.server.stop(within: 3600)
    #expect(gone.count == 1)
    let (bytes, end) = try await client.end()
    #expect(String(decoding: bytes, as: UTF8.self) == exchange.end)
    #expect(end == .finished)
    #expect(await stream.deliver("late") == .failed)
    #expect(await stream.close() == .failed)
    stream.whenGone { gone.add() }
    #expect(gone.count == 2)
  }

  @Test(
    "doesn't wait for a client that doesn't read, when it is endless",
    arguments: Wire.allCases)
  func stopBlocked(wire: Wire) async throws {
    let probe = try StreamProbe.start(
      wire, isEndless: true)
    let (client, stream, _) = try await probe.open(receiveBuffer: 8192)
    let deliveries = Mailbox<Responder.Delivery>()
    stream.send(Self.huge) { deliveries.put($0) }
    await probe.running.server.processArrivals()
    await probe.running.server.stop(within: 3600)
    #expect(try await deliveries.next() == .failed)
    #expect(try await client.end().end == .reset)
  }

  @Test(
    "is awaited by a stop when it isn't endless, for the stop's time",
    arguments: Wire.allCases, [true, false])
  func stopFinite(wire: Wire, isFinished: Bool) async throws {
    let probe = try StreamProbe.start(wire)
    let (client, stream, _) = try await probe.open()
    let idle = try probe.running.client()
    #expect(await eventually { probe.running.server.connectionCount == 2 })
    let gone = Tally()
    stream.whenGone { gone.add() }
    async let stopped: Void = probe.running.server.stop(within: isFinished ? 3600 : 0.1)
    // The end of the idle connection shows that the stop has begun.
    #expect(try await idle.end().end == .finished)
    if isFinished {
      #expect(await stream.deliver("x") == .sent)
      #expect(await stream.close() == .sent)
      #expect(try await client.end().bytes == latin1("1\r\nx\r\n0\r\n\r\n"))
    } else {
      await withCheckedContinuation { continuation in stream.whenGone { continuation.resume() } }
      #expect(try await client.end().bytes.isEmpty)
    }
    await stopped
    #expect(gone.count == (isFinished ? 0 : 1))
    #expect(await stream.deliver("late") == .failed)
  }

  @Test(
    "of any wire leaves no descriptor and no completion behind", arguments: Wire.allCases)
  func storm(wire: Wire) async throws {
    let (asked, told, twice) = (Tally(), Tally(), Tally())
    let streams = 400
    let handler: HTTPServer.Handler = { request, responder in
      var random = SystemRandomNumberGenerator()
      let completion: @Sendable () -> @Sendable (Responder.Delivery) -> Void = {
        let calls = Tally()
        asked.add()
        return { _ in
          calls.add()
          if calls.count > 1 { twice.add() }
          told.add()
        }
      }
      let stream = responder.stream(
        HTTPResponse(status: 200), isEndless: Bool.random(using: &random), completion: completion())
      try! System.startThread {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<Int.random(in: 0...5, using: &random) {
          stream.send(
            [UInt8](repeating: 0x61, count: Int.random(in: 0...1_000_000, using: &random)),
            completion: completion())
        }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: stream.abandon(resets: Bool.random(using: &random), completion: completion())
        case 1: stream.finish(completion: completion(), observer: ResponseProbe())
        default: stream.send([0x61], completion: completion())
        }
      }
    }
    let server = try TestServer.start(wire, handler: handler)
    try await onThread {
      Result {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<streams {
          let client = try server.client(receiveBuffer: 8192)
          try client.send(StreamProbe.get)
          if Bool.random(using: &random) { _ = try? client.receive() }
          if Bool.random(using: &random) { client.finishSending() }
          if Bool.random(using: &random) { client.reset() } else { client.close() }
        }
      }
    }.get()
    await server.server.processArrivals()
    await server.server.stop(within: 0.1)
    #expect(await eventually { told.count == asked.count })
    #expect(server.server.connectionCount == 0)
    #expect(await eventually { RawClient.openSockets(port: server.port) == 0 })
    #expect(twice.count == 0)
  }
}
