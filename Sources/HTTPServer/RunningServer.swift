import Platform
import Synchronization
import TLS

/// The parts of a started server, and how they end.
struct RunningServer: Sendable {
  /// How often connections look at their deadlines, in nanoseconds.
  private static let tickInterval: Int64 = 250_000_000

  /// One for each port.
  private let acceptors: [Acceptor]
  private let groups: [ConnectionGroup]
  private let counter: ConnectionCounter
  /// The port that it listens on.
  let port: Int
  /// The port of TLS, if there is one.
  let tlsPort: Int?

  /// Binds, listens and accepts. If that fails, no descriptor and no thread is left.
  init(
    configuration: HTTPServer.Configuration, makeHandler: HTTPServer.MakeHandler,
    counter: ConnectionCounter
  ) throws(HTTPServer.StartError) {
    let listeners = try Listeners(configuration)
    let heldBytes = HeldBytes(limit: configuration.limits.heldBytes)
    let tunnels =
      configuration.opensTunnels
      ? TunnelPool(limit: configuration.limits.tunnels, ownPort: listeners.port) : nil
    var groups: [ConnectionGroup] = []
    do throws(SystemError) {
      try tunnels?.start()
      for _ in 0..<max(1, configuration.loops) {
        let (outbox, executor) = (Outbox(), LoopExecutor())
        let handler = makeHandler(executor)
        let loop = try configuration.eventLoop.makeLoop {
          // Requests pipelined behind an answered one are handled after the flush, and may begin
          // work that the end of a round finishes.
          repeat { handler.roundEnded() } while outbox.flush()
        }
        executor.attach(to: loop)
        groups.append(
          ConnectionGroup(
            loop: loop, outbox: outbox, configuration: configuration, handler: handler,
            counter: counter, heldBytes: heldBytes, tunnels: tunnels))
      }
      acceptors = listeners.all.map { listener, tls in
        Acceptor(listener: listener, groups: groups, counter: counter, tls: tls)
      }
      for acceptor in acceptors { try acceptor.start() }
    } catch {
      for group in groups { group.loop.stopAndWait() }
      listeners.close()
      throw .system(error)
    }
    self.groups = groups
    self.counter = counter
    port = listeners.port
    tlsPort = listeners.tlsPort
    for group in groups.dropFirst() {
      group.loop.execute { Self.tick(group, []) }
    }
    groups[0].loop.execute { [acceptors, groups] in Self.tick(groups[0], acceptors) }
  }

  /// Lets the connections of a loop look at their deadlines, again and again until the loop stops.
  private static func tick(_ group: ConnectionGroup, _ acceptors: [Acceptor]) {
    group.loop.after(tickInterval) {
      group.tick()
      for acceptor in acceptors { acceptor.resume() }
      tick(group, acceptors)
    }
  }

  /// Stops accepting, waits until the last connection has closed, and ends the loops.
  func stop() async {
    // The acceptors are closed first, so that the number of connections can only fall.
    await withCheckedContinuation { continuation in
      groups[0].loop.execute { [acceptors] in
        for acceptor in acceptors { acceptor.close() }
        continuation.resume()
      }
    }
    for group in groups { group.loop.execute { group.stop() } }
    await counter.untilEmpty()
    for group in groups { await group.loop.stop() }
  }

  /// See ``HTTPServer/processArrivals()``.
  func processArrivals() async {
    await withCheckedContinuation { continuation in
      // One for each loop, and one for the acceptors, which go last.
      let loops = Countdown(groups.count + 1) { continuation.resume() }
      // Accepting comes first, so that each loop has its new connections before it is asked to
      // check its sockets.
      let isRunning = groups[0].loop.execute { [acceptors, groups] in
        for acceptor in acceptors { acceptor.processArrivals() }
        for group in groups {
          let isRunning = group.loop.execute {
            group.processArrivals()
            loops.count()
          }
          if !isRunning { loops.count() }
        }
        loops.count()
      }
      if !isRunning { for _ in 0...groups.count { loops.count() } }
    }
  }

  /// Ends every connection at a later time.
  func closeConnections(in seconds: Double) {
    let wait = Int64(max(0, min(seconds, 1e9)) * 1e9)
    for group in groups {
      group.loop.execute { group.loop.after(wait) { group.closeAll() } }
    }
  }

  /// Ends everything without waiting.
  func abort() {
    groups[0].loop.execute { [acceptors] in for acceptor in acceptors { acceptor.close() } }
    for group in groups {
      group.loop.execute { group.closeAll() }
      group.loop.stop {}
    }
  }
}

/// The sockets that a server listens on.
private struct Listeners {
  /// Each with what the TLS layer of its connections needs.
  private(set) var all: [(descriptor: Int32, tls: TLSContext?)] = []
  let port: Int
  private(set) var tlsPort: Int?

  init(_ configuration: HTTPServer.Configuration) throws(HTTPServer.StartError) {
    func listen(_ port: Int) throws(SystemError) -> (descriptor: Int32, port: Int) {
      try System.listen(host: configuration.host, port: port, backlog: configuration.backlog)
    }
    let plain: (descriptor: Int32, port: Int)
    do throws(SystemError) {
      plain = try listen(configuration.port)
    } catch {
      throw .system(error)
    }
    all = [(plain.descriptor, nil)]
    port = plain.port
    guard let wanted = configuration.tlsPort, let tls = configuration.tls else { return }
    do throws(TLSError) {
      try tls.prepare()
    } catch {
      close()
      throw .tls(error)
    }
    do throws(SystemError) {
      let secure = try listen(wanted)
      all.append((secure.descriptor, tls))
      tlsPort = secure.port
    } catch {
      close()
      throw .tlsAddress(error)
    }
  }

  func close() { for (descriptor, _) in all { System.close(descriptor) } }
}

/// Calls a closure when something has happened so many times.
private final class Countdown: Sendable {
  private let left: Atomic<Int>
  private let done: @Sendable () -> Void

  init(_ times: Int, _ done: @escaping @Sendable () -> Void) {
    left = Atomic(times)
    self.done = done
  }

  func count() {
    if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { done() }
  }
}
