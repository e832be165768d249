import Dispatch
import Platform
import Synchronization

/// Sends single requests to `http` servers and reads the status of their answers, on one event loop
/// of its own.
///
/// It sends webhooks: whatever a receiver does, an exchange ends by its deadline, takes a bounded
/// amount of memory, and doesn't affect other exchanges. (swift-corelibs' URLSession ends the
/// process when a server closes in the middle of a head.)
public final class OneShotClient: Sendable {
  /// The outcome of a request.
  public enum Outcome: Sendable, Equatable {
    /// A final answer arrived, with this status.
    case answered(Int)
    /// There was no answer, for this reason.
    case failed(String)
  }

  private enum State {
    case idle
    case running(any EventLoop)
    case closed
  }

  private let kind: EventLoopKind
  private let state = Mutex(State.idle)

  /// Creates a client; its loop starts with the first request.
  public init(eventLoop: EventLoopKind = .platformDefault) { kind = eventLoop }

  /// Sends a request over a connection of its own.
  ///
  /// - Parameters:
  ///   - request: The whole request as it stands on the wire; it should ask for the connection's
  ///     end.
  ///   - host: A name or a numeric address.
  ///   - port: The TCP port.
  ///   - seconds: How long the exchange may take in all, from now.
  ///   - completion: Called once, on any thread.
  public func send(
    _ request: [UInt8], host: String, port: Int, within seconds: Double,
    completion: @escaping @Sendable (Outcome) -> Void
  ) {
    guard let loop = runningLoop() else { return completion(.failed("stopped")) }
    let exchange = OneShotExchange(request: request, loop: loop, completion: completion)
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
      loop.execute { exchange.end(.failed("no answer within \(Int(seconds)) seconds")) }
    }
    // Resolving a name may block, so it must not happen on the loop.
    DispatchQueue.global().async {
      do throws(SystemError) {
        let descriptor = try System.beginConnecting(host: host, port: port)
        if !loop.execute({ exchange.start(descriptor) }) { System.close(descriptor) }
      } catch {
        // On the loop, because the deadline may have reported an outcome already.
        loop.execute { exchange.end(.failed(error.reason)) }
      }
    }
  }

  private func runningLoop() -> (any EventLoop)? {
    state.withLock { state in
      switch state {
      case .running(let loop): return loop
      case .closed: return nil
      case .idle:
        guard let loop = try? kind.makeLoop() else { return nil }
        state = .running(loop)
        return loop
      }
    }
  }

  /// Ends the client. Exchanges under way are dropped, and their completions are not called.
  public func close() {
    let loop = state.withLock { state -> (any EventLoop)? in
      defer { state = .closed }
      if case .running(let loop) = state { return loop }
      return nil
    }
    loop?.stop {}
  }
}

/// One request and its answer.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` alone.
private final class OneShotExchange: ReadinessHandler, @unchecked Sendable {
  /// How many bytes of an answer are read before the client stops waiting for its end.
  private static let longestAnswer = 64 * 1024

  /// What is still to be sent; emptied once it is sent.
  private var request: [UInt8]
  private let loop: any EventLoop
  private var completion: (@Sendable (OneShotClient.Outcome) -> Void)?
  private var descriptor: Int32?
  private var isConnected = false
  private var sent = 0
  private var head: [UInt8] = []
  private var received = 0

  init(
    request: [UInt8], loop: any EventLoop,
    completion: @escaping @Sendable (OneShotClient.Outcome) -> Void
  ) {
    self.request = request
    self.loop = loop
    self.completion = completion
  }

  func start(_ descriptor: Int32) {
    guard completion != nil else { return System.close(descriptor) }
    do throws(SystemError) {
      try loop.register(descriptor, interest: [.write], handler: self)
      self.descriptor = descriptor
    } catch {
      System.close(descriptor)
      end(.failed(error.reason))
    }
  }

  /// Reports the outcome, unless one was reported, and closes the connection.
  func end(_ outcome: OneShotClient.Outcome) {
    tell(outcome)
    if let descriptor { loop.close(descriptor) }
    descriptor = nil
    request = []
  }

  private func tell(_ outcome: OneShotClient.Outcome) {
    let told = completion
    completion = nil
    told?(outcome)
  }

  func ready(_ readiness: Readiness) {
    guard let descriptor else { return }
    if !isConnected {
      if let failure = System.connectionFailure(of: descriptor) {
        return end(.failed(failure.reason))
      }
      isConnected = true
    }
    if !request.isEmpty, readiness.contains(.writable) { write(descriptor) }
    if self.descriptor != nil, !readiness.isDisjoint(with: [.readable, .broken]) {
      read(descriptor)
    }
  }

  private func write(_ descriptor: Int32) {
    let result = request.withUnsafeBytes {
      System.send(descriptor, UnsafeRawBufferPointer(rebasing: $0[sent...]))
    }
    switch result {
    case .done(let count):
      sent += count
      if sent == request.count {
        request = []
        sent = 0
      }
      // An answer may arrive before the request is fully sent.
      loop.update(descriptor, interest: request.isEmpty ? [.read] : [.read, .write])
    case .wouldBlock: break
    case .endOfStream, .failed: end(.failed("the connection ended while the request was sent"))
    }
  }

  private func read(_ descriptor: Int32) {
    withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { buffer in
      switch System.receive(descriptor, into: buffer) {
      case .done(let count):
        received += count
        if completion != nil {
          head.append(contentsOf: buffer[..<count])
          takeStatus()
        }
        // What follows the status is still read, because a receiver that is writing would otherwise
        // get a reset.
        if received > Self.longestAnswer { end(.failed("the answer's head is too long")) }
      case .wouldBlock: break
      case .endOfStream, .failed: end(.failed("the connection ended without an answer"))
      }
    }
  }

  /// Reads the status line of the final answer; interim answers are skipped.
  private func takeStatus() {
    while let lineEnd = head.firstIndex(of: 10) {
      let words = head[..<lineEnd].split(whereSeparator: { $0 == 0x20 || $0 == 13 })
      guard words.count >= 2, words[0].starts(with: "HTTP/".utf8),
        let status = Int(String(decoding: words[1], as: UTF8.self)), 100...599 ~= status
      else { return end(.failed("the answer is not HTTP")) }
      guard status < 200 else { return tell(.answered(status)) }
      guard let next = Self.endOfHead(head) else { return }
      head.removeFirst(next)
    }
  }

  /// Where the first empty line ends, or nil.
  private static func endOfHead(_ head: [UInt8]) -> Int? {
    let marker: [UInt8] = [13, 10, 13, 10]
    return head.indices.first { head[$0...].starts(with: marker) }.map { $0 + marker.count }
  }
}
