import Platform
import Testing

@testable import HTTPServer

@Suite("An event loop")
struct EventLoopTests {
  /// Runs a body with a loop and two connected sockets; the first one is the one to be watched.
  private func with(
    _ kind: EventLoopKind,
    _ body: @Sendable (any EventLoop, _ near: Int32, _ far: Int32) async throws -> Void
  ) async throws {
    let loop = try kind.makeLoop()
    let (near, far) = try System.socketPair()
    try await body(loop, near, far)
    await run(loop) { loop.close(near) }
    await loop.stop()
    System.close(far)
  }

  private func run(_ loop: any EventLoop, _ job: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
      loop.execute {
        job()
        continuation.resume()
      }
    }
  }

  private func watch(
    _ loop: any EventLoop, _ descriptor: Int32, _ interest: Interest
  ) async -> Watcher {
    let watcher = Watcher(descriptor, on: loop)
    await run(loop) {
      try! loop.register(descriptor, interest: interest, handler: watcher)
    }
    return watcher
  }

  private func write(_ descriptor: Int32) {
    _ = [UInt8(1)].withUnsafeBytes { System.send(descriptor, $0) }
  }

  @Test("runs jobs in order, on itself", arguments: EventLoopKind.tested)
  func jobs(kind: EventLoopKind) async throws {
    let loop = try kind.makeLoop()
    let seen = Mailbox<Int>()
    #expect(!loop.isCurrent)
    for number in 0..<1000 {
      #expect(
        loop.execute {
          if loop.isCurrent { seen.put(number) }
          if number == 0 { loop.execute { seen.put(-1) } }
        })
    }
    await loop.stop()
    #expect(seen.values.filter { $0 >= 0 } == Array(0..<1000))
  }

  #if os(Linux)
    @Test("looks at events between jobs that take long, and runs all of them in order")
    func longJobs() async throws {
      try await with(.epoll) { loop, near, far in
        let watcher = await watch(loop, near, .read)
        let (seen, before) = (Mailbox<Int>(), Mailbox<Int>())
        await run(loop) {
          for number in 0..<20 {
            loop.execute {
              if number == 0 { write(far) }
              if watcher.reports.values.isEmpty { before.put(number) }
              seen.put(number)
              let end = System.monotonicNanoseconds() + 1_000_000
              while System.monotonicNanoseconds() < end {}
            }
          }
        }
        await run(loop) {}
        #expect(seen.values == Array(0..<20))
        #expect(before.values == [0])
      }
    }
  #endif

  @Test("a job that a job gives is run as well", arguments: EventLoopKind.tested)
  func nestedJobs(kind: EventLoopKind) async throws {
    let loop = try kind.makeLoop()
    let seen = Mailbox<Int>()
    loop.execute { loop.execute { loop.execute { seen.put(1) } } }
    #expect(try await seen.next() == 1)
    await loop.stop()
  }

  @Test("reports bytes, again and again", arguments: EventLoopKind.tested)
  func readable(kind: EventLoopKind) async throws {
    try await with(kind) { loop, near, far in
      let watcher = await watch(loop, near, .read)
      for _ in 0..<3 {
        write(far)
        let report = try await watcher.reports.next()
        #expect(report.contains(.readable))
      }
    }
  }

  @Test("reports room to write", arguments: EventLoopKind.tested)
  func writable(kind: EventLoopKind) async throws {
    try await with(kind) { loop, near, _ in
      let watcher = await watch(loop, near, .read)
      await run(loop) { loop.update(near, interest: [.read, .write]) }
      let report = try await watcher.reports.next()
      #expect(report == .writable)
    }
  }

  @Test("reports the peer's end", arguments: EventLoopKind.tested)
  func end(kind: EventLoopKind) async throws {
    try await with(kind) { loop, near, far in
      let watcher = await watch(loop, near, .read)
      System.finishSending(far)
      let report = try await watcher.reports.next()
      #expect(report.contains(.readable))
    }
  }

  @Test(
    "is silent without interest, and reports what waited after", arguments: EventLoopKind.tested)
  func silence(kind: EventLoopKind) async throws {
    try await with(kind) { loop, near, far in
      let watcher = await watch(loop, near, .read)
      await run(loop) { loop.update(near, interest: []) }
      write(far)
      // An event of another descriptor, written to afterwards, shows that the loop has polled.
      let (otherNear, otherFar) = try System.socketPair()
      let other = await watch(loop, otherNear, .read)
      write(otherFar)
      _ = try await other.reports.next()
      #expect(watcher.reports.values.isEmpty)
      await run(loop) {
        loop.close(otherNear)
        loop.update(near, interest: .read)
      }
      System.close(otherFar)
      let report = try await watcher.reports.next()
      #expect(report.contains(.readable))
    }
  }

  @Test("closes a descriptor and is silent about it", arguments: EventLoopKind.tested)
  func close(kind: EventLoopKind) async throws {
    let loop = try kind.makeLoop()
    let (near, far) = try System.socketPair()
    let watcher = await watch(loop, near, .read)
    await run(loop) {
      write(far)
      loop.close(near)
    }
    await loop.stop()
    #expect(watcher.reports.values.isEmpty)
    let result = withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) {
      System.receive(far, into: $0)
    }
    #expect(result != .wouldBlock)
    System.close(far)
  }

  @Test(
    "a descriptor that gets a closed one's number has reports of its own",
    arguments: EventLoopKind.tested)
  func reuse(kind: EventLoopKind) async throws {
    let loop = try kind.makeLoop()
    for _ in 0..<50 {
      let (near, far) = try System.socketPair()
      let watcher = await watch(loop, near, .read)
      write(far)
      let report = try await watcher.reports.next()
      #expect(report.contains(.readable))
      #expect(watcher.reports.values.count == 1)
      await run(loop) { loop.close(near) }
      System.close(far)
    }
    await loop.stop()
  }

  @Test(
    "a stopped loop runs what was given before, and refuses or runs the rest",
    arguments: EventLoopKind.tested)
  func stop(kind: EventLoopKind) async throws {
    let loop = try kind.makeLoop()
    let seen = Mailbox<Int>()
    for number in 0..<10 { loop.execute { seen.put(number) } }
    await loop.stop()
    #expect(seen.values == Array(0..<10))
    if loop.execute({ seen.put(10) }) {
      for number in 0...10 { #expect(try await seen.next() == number) }
    }
    await loop.stop()
    #expect(!loop.isCurrent)
  }

  @Test(
    "jobs from many threads while it stops are each run or refused",
    arguments: EventLoopKind.tested)
  func stopUnderFire(kind: EventLoopKind) async throws {
    for _ in 0..<20 {
      let loop = try kind.makeLoop()
      let seen = Mailbox<Int>()
      let accepted = await withTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          group.addTask {
            await onThread { (0..<200).count { _ in loop.execute { seen.put(1) } } }
          }
        }
        group.addTask {
          await loop.stop()
          return 0
        }
        return await group.reduce(0, +)
      }
      #expect(await eventually { seen.values.count == accepted })
    }
  }
}
