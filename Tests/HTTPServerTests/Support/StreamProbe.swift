@testable import HTTPServer

/// A server that begins a stream for each request to `/stream…`, passes it to the test, and echoes
/// other requests.
struct StreamProbe: Sendable {
  let running: TestServer
  /// The streams in the order of their requests.
  let streams: Mailbox<ResponseStream>

  static let get = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"

  static func start(
    _ wire: Wire, loops: Int = 2, isEndless: Bool = false, first: String = "",
    configure: (inout HTTPServer.Configuration) -> Void = { _ in }
  ) throws -> StreamProbe {
    let streams = Mailbox<ResponseStream>()
    let running = try TestServer.start(
      wire, loops: loops,
      configure: {
        $0.secondsSinceEpoch = { 0 }
        configure(&$0)
      },
      handler: { request, responder in
        guard request.path.hasPrefix("/stream") else {
          return TestServer.echo(request, responder)
        }
        streams.put(
          responder.stream(HTTPResponse(status: 200, body: latin1(first)), isEndless: isEndless))
      })
    return StreamProbe(running: running, streams: streams)
  }

  /// Connects, sends a request for a stream, and waits for the stream and its head.
  func open(
    _ request: String = get, receiveBuffer: Int32? = nil
  ) async throws -> (client: RawClient, stream: ResponseStream, head: String) {
    let client = try running.client(receiveBuffer: receiveBuffer)
    try client.send(request)
    let stream = try await streams.next()
    return (client, stream, try await client.passage(through: "\r\n\r\n"))
  }

  /// Stops the server at once and waits until its sockets are closed.
  func stop() async -> Bool {
    await running.server.stop(within: 0)
    return await eventually { RawClient.openSockets(port: running.port) == 0 }
  }

  /// The head of a stream on the wire.
  static func head(_ fields: String) -> String {
    "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\(fields)\r\n\r\n"
  }
}

extension ResponseStream {
  /// Sends a piece and waits until it has been sent or has failed.
  func deliver(_ text: String) async -> Responder.Delivery {
    await withCheckedContinuation { continuation in
      send(latin1(text)) { continuation.resume(returning: $0) }
    }
  }

  /// Finishes the stream and waits until its end has been sent or has failed.
  func close(_ last: String = "") async -> Responder.Delivery {
    await withCheckedContinuation { continuation in
      finish(latin1(last)) { continuation.resume(returning: $0) }
    }
  }
}
