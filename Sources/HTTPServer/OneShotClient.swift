import Platform
import Synchronization

/// Sends single requests to `http` servers and reads the status of their answers, on an event loop.
///
/// It sends webhooks: whatever a receiver does, an exchange ends by its deadline, takes a bounded
/// amount of memory, and doesn't affect other exchanges. (swift-corelibs' URLSession ends the
/// process when a server closes in the middle of a head.) No exchange takes a thread.
public final class OneShotClient: Sendable {
  /// The outcome of a request.
  public enum Outcome: Sendable, Equatable {
    /// A final answer arrived, with this status.
    case answered(Int)
    /// There was no answer, for this reason.
    case failed(String)
  }

  private let loop: ClientLoop
  /// The exchanges under way.
  private let exchanges = Exchanges()

  /// Creates a client with a loop of its own, which starts with the first request.
  public convenience init(eventLoop: EventLoopKind = .platformDefault) {
    self.init(on: ClientLoop(eventLoop))
  }

  /// Creates a client that shares a loop.
  package init(on loop: ClientLoop) { self.loop = loop }

  /// Sends a request over a connection of its own.
  ///
  /// - Parameters:
  ///   - request: The whole request as it stands on the wire; it should ask for the connection's
  ///     end.
  ///   - host: A name or a numeric address.
  ///   - port: The TCP port.
  ///   - seconds: How long the exchange may take in all, from when its name is looked up or, if
  ///     that isn't needed, from now. Nothing is sent later.
  ///   - completion: Called once, on any thread.
  public func send(
    _ request: [UInt8], host: String, port: Int, within seconds: Double,
    completion: @escaping @Sendable (Outcome) -> Void
  ) {
    let running: (any EventLoop)?
    do throws(SystemError) {
      running = try loop.running()
    } catch {
      return completion(.failed(error.reason))
    }
    guard let running else { return completion(.failed("stopped")) }
    let exchange = OneShotExchange(
      request: request, loop: running, among: exchanges, completion: completion)
    loop.resolve(host, port: port) {
      running.execute { exchange.begin(within: seconds) }
    } completion: { outcome in
      // On the loop, because the deadline may have reported an outcome already.
      running.execute {
        switch outcome {
        case .success(let addresses): exchange.connect(addresses)
        case .failure(let error): exchange.end(.failed(error.reason))
        }
      }
    }
  }

  /// Ends the client and its loop. Exchanges under way are dropped, and their completions are not
  /// called.
  public func close() {
    loop.execute { [exchanges] in exchanges.dropAll() }
    loop.close()
  }
}

/// The exchanges of a client that are under way.
///
/// `@unchecked Sendable`: touched on the client's loop alone.
private final class Exchanges: @unchecked Sendable {
  private var all: [ObjectIdentifier: OneShotExchange] = [:]

  func add(_ exchange: OneShotExchange) { all[ObjectIdentifier(exchange)] = exchange }

  func remove(_ exchange: OneShotExchange) { all[ObjectIdentifier(exchange)] = nil }

  func dropAll() { for exchange in all.values { exchange.drop() } }
}

/// One request and its answer.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` alone.
private final class OneShotExchange: ReadinessHandler, @unchecked Sendable {
  /// How many bytes of an answer are read before the client stops waiting for its end.
  private static let longestAnswer = 64 * 1024
  /// How long an answered exchange may go on until the receiver closes, in nanoseconds. A receiver
  /// that is still writing would otherwise get a reset.
  private static let afterAnswer: Int64 = 1_000_000_000
  /// How soon an exchange for which there is no descriptor tries again, in nanoseconds.
  private static let retry: Int64 = 50_000_000

  /// What is still to be sent; emptied once it is sent.
  private var request: [UInt8]
  private let loop: any EventLoop
  private let exchanges: Exchanges
  private var completion: (@Sendable (OneShotClient.Outcome) -> Void)?
  private var timer: LoopTimer?
  /// The addresses that haven't been tried.
  private var addresses: ArraySlice<SocketAddress> = []
  /// Why the first address that was tried failed.
  private var failure: SystemError?
  private var descriptor: Int32?
  private var isConnected = false
  private var sent = 0
  private var head: [UInt8] = []
  private var received = 0

  init(
    request: [UInt8], loop: any EventLoop, among exchanges: Exchanges,
    completion: @escaping @Sendable (OneShotClient.Outcome) -> Void
  ) {
    self.request = request
    self.loop = loop
    self.exchanges = exchanges
    self.completion = completion
  }

  /// The exchange begins: its time runs.
  func begin(within seconds: Double) {
    exchanges.add(self)
    timer = loop.after(Int64(min(max(0, seconds), 1e9) * 1e9)) { [self] in
      end(.failed("no answer within \(Int(seconds)) seconds"))
    }
  }

  /// Connects to the first of these addresses that can be reached.
  func connect(_ addresses: [SocketAddress]) {
    self.addresses = addresses[...]
    connectToNext()
  }

  private func connectToNext() {
    guard completion != nil else { return }
    guard let address = addresses.first else {
      return end(.failed(failure?.reason ?? "the name has no address"))
    }
    do throws(SystemError) {
      let descriptor = try System.beginConnecting(to: address)
      addresses.removeFirst()
      do throws(SystemError) {
        try loop.register(descriptor, interest: [.write], handler: self)
        self.descriptor = descriptor
      } catch {
        System.close(descriptor)
        end(.failed(error.reason))
      }
    } catch {
      // The process has no descriptor at the moment. The receiver has nothing to do with that.
      guard !error.isShortage else {
        loop.after(Self.retry) { [weak self] in self?.connectToNext() }
        return
      }
      addresses.removeFirst()
      if failure == nil { failure = error }
      connectToNext()
    }
  }

  /// Reports the outcome, unless one was reported, and closes the connection.
  func end(_ outcome: OneShotClient.Outcome) {
    tell(outcome)
    drop()
  }

  /// Closes the connection.
  func drop() {
    timer?.cancel()
    if let descriptor { loop.close(descriptor) }
    descriptor = nil
    request = []
    completion = nil
    exchanges.remove(self)
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
        if self.failure == nil { self.failure = failure }
        loop.close(descriptor)
        self.descriptor = nil
        return connectToNext()
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
      guard status < 200 else {
        timer?.cancel()
        timer = loop.after(Self.afterAnswer) { [self] in drop() }
        return tell(.answered(status))
      }
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
