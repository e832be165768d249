import Platform
import Synchronization

/// The parts of a started server, and how they end.
struct RunningServer: Sendable {
  /// How often connections look at their deadlines, in nanoseconds.
  private static let tickInterval: Int64 = 250_000_000

  private let acceptor: Acceptor
  private let groups: [ConnectionGroup]
  private let counter: ConnectionCounter
  /// The port that it listens on.
  let port: Int

  /// Binds, listens and accepts. If that fails, no descriptor and no thread is left.
  init(
    configuration: HTTPServer.Configuration, makeHandler: HTTPServer.MakeHandler,
    counter: ConnectionCounter
  ) throws(SystemError) {
    let (listener, port) = try System.listen(
      host: configuration.host, port: configuration.port, backlog: configuration.backlog)
    let heldBytes = HeldBytes(limit: configuration.limits.heldBytes)
    let tunnels =
      configuration.opensTunnels
      ? TunnelPool(limit: configuration.limits.tunnels, ownPort: port) : nil
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
      acceptor = Acceptor(listener: listener, groups: groups, counter: counter)
      try acceptor.start()
    } catch {
      for group in groups { group.loop.stopAndWait() }
      System.close(listener)
      throw error
    }
    self.groups = groups
    self.counter = counter
    self.port = port
    for group in groups.dropFirst() {
      group.loop.execute { Self.tick(group, nil) }
    }
    groups[0].loop.execute { [acceptor, groups] in Self.tick(groups[0], acceptor) }
  }

  /// Lets the connections of a loop look at their deadlines, again and again until the loop stops.
  private static func tick(_ group: ConnectionGroup, _ acceptor: Acceptor?) {
    group.loop.after(tickInterval) {
      group.tick()
      acceptor?.resume()
      tick(group, acceptor)
    }
  }

  /// Stops accepting, waits until the last connection has closed, and ends the loops.
  func stop() async {
    // The acceptor is closed first, so that the number of connections can only fall.
    await withCheckedContinuation { continuation in
      groups[0].loop.execute { [acceptor] in
        acceptor.close()
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
      // One for each loop, and one for the acceptor, which goes last.
      let loops = Countdown(groups.count + 1) { continuation.resume() }
      // Accepting comes first, so that each loop has its new connections before it is asked to
      // check its sockets.
      let isRunning = groups[0].loop.execute { [acceptor, groups] in
        acceptor.processArrivals()
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
    groups[0].loop.execute { [acceptor] in acceptor.close() }
    for group in groups {
      group.loop.execute { group.closeAll() }
      group.loop.stop {}
    }
  }
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
