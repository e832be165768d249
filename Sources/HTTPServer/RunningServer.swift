import Dispatch
import Platform

/// The parts of a started server, and how they end.
///
/// `@unchecked Sendable`: nothing in it changes, and a dispatch timer, which Dispatch doesn't
/// declare sendable, may be used from any thread.
struct RunningServer: @unchecked Sendable {
  private static let tickInterval = DispatchTimeInterval.milliseconds(250)

  private let acceptor: Acceptor
  private let groups: [ConnectionGroup]
  private let counter: ConnectionCounter
  private let ticker: any DispatchSourceTimer
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
    var groups: [ConnectionGroup] = []
    do throws(SystemError) {
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
            counter: counter, heldBytes: heldBytes))
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
    ticker = DispatchSource.makeTimerSource(queue: .global())
    startTicker()
  }

  private func startTicker() {
    ticker.schedule(deadline: .now() + Self.tickInterval, repeating: Self.tickInterval)
    ticker.setEventHandler { [acceptor, groups] in
      for group in groups { group.loop.execute { group.tick() } }
      groups[0].loop.execute { acceptor.resume() }
    }
    ticker.activate()
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
    ticker.cancel()
    for group in groups { await group.loop.stop() }
  }

  /// See ``HTTPServer/processArrivals()``.
  func processArrivals() async {
    let loopsDone = DispatchGroup()
    await withCheckedContinuation { continuation in
      loopsDone.enter()
      // Accepting comes first, so that each loop has its new connections before it is asked to
      // check its sockets.
      let isRunning = groups[0].loop.execute { [acceptor, groups] in
        acceptor.processArrivals()
        for group in groups {
          loopsDone.enter()
          let isRunning = group.loop.execute {
            group.processArrivals()
            loopsDone.leave()
          }
          if !isRunning { loopsDone.leave() }
        }
        loopsDone.leave()
      }
      if !isRunning { loopsDone.leave() }
      loopsDone.notify(queue: .global()) { continuation.resume() }
    }
  }

  /// Ends every connection at a later time.
  ///
  /// - Returns: The work item to cancel when that is no longer needed.
  func closeConnections(in seconds: Double) -> DispatchWorkItem {
    let work = DispatchWorkItem { [groups] in
      for group in groups { group.loop.execute { group.closeAll() } }
    }
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: work)
    return work
  }

  /// Ends everything without waiting.
  func abort() {
    ticker.cancel()
    groups[0].loop.execute { [acceptor] in acceptor.close() }
    for group in groups {
      group.loop.execute { group.closeAll() }
      group.loop.stop {}
    }
  }
}
