import Dispatch
import HTTPServer

/// Tests that run in a process of their own, whose limit of descriptors can be lowered.
enum DescriptorShortage {
  struct Wrong: Error {}

  /// Connects until the server has no descriptor left, then frees some: every client is answered.
  static func run(_ kind: EventLoopKind) async throws {
    let server = try TestServer.start(kind)
    let outcome = await onThread {
      Result {
        // Clients and server share the limit. This client is connected on both sides, so closing it
        // makes room for the server.
        var clients = [try server.client()]
        try clients[0].send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try clients[0].response()
        try clients[0].send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try RawClient.limitDescriptors(to: RawClient.lowestFreeDescriptor() + 40) {
          do {
            while true {
              let client = try RawClient(port: server.port)
              try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
              clients.append(client)
            }
          } catch RawClient.Failure.system("socket", _) {
            // No descriptor is left to open.
          }
          var answered = 0
          while let client = clients.first {
            guard try client.response().status == 200 else { throw Wrong() }
            client.close()
            clients.removeFirst()
            answered += 1
          }
          guard answered >= 10 else { throw Wrong() }
        }
        let last = try RawClient(port: server.port)
        try last.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        guard try last.response().status == 200 else { throw Wrong() }
      }
    }
    await server.server.stop(within: 0)
    try outcome.get()
  }

  /// Starts servers with more and more descriptors: a start that fails closes what it has opened.
  static func start(_ kind: EventLoopKind) throws {
    wakeDispatch()
    let before = RawClient.openDescriptors()
    var failures = 0
    for count in 0..<9 {
      do {
        // Four loops on epoll take nine: two each, and the listener.
        _ = try RawClient.limitDescriptors(to: RawClient.lowestFreeDescriptor() + count) {
          try TestServer.start(kind, loops: 4)
        }
        guard kind == .dispatch else { throw Wrong() }
        break
      } catch HTTPServer.StartError.system {
        failures += 1
      }
    }
    guard failures == (kind == .epoll ? 9 : 1) else { throw Wrong() }
    // The runtime may have opened one or two descriptors itself; a leak would leave at least one
    // for each failure.
    guard kind == .dispatch || RawClient.openDescriptors() < before + 4 else { throw Wrong() }
  }

  /// Lets Dispatch open the descriptors that it needs itself, because it ends the process if its
  /// first timer finds none.
  private static func wakeDispatch() {
    let fired = DispatchSemaphore(value: 0)
    let timer = DispatchSource.makeTimerSource()
    timer.setEventHandler { fired.signal() }
    timer.schedule(deadline: .now() + .milliseconds(1))
    timer.activate()
    fired.wait()
    timer.cancel()
  }
}
