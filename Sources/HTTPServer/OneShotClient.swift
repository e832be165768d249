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
  /// The connections that are free for another request.
  private let kept = KeptConnections()

  /// Creates a client with a loop of its own, which starts with the first request.
  public convenience init(eventLoop: EventLoopKind = .platformDefault) {
    self.init(on: ClientLoop(eventLoop))
  }

  /// Creates a client that shares a loop.
  package init(on loop: ClientLoop) { self.loop = loop }

  /// Sends a request, over a connection of its own unless one to the same place has just become
  /// free.
  ///
  /// - Parameters:
  ///   - request: The whole request as it stands on the wire; it should ask for the connection's
  ///     end unless that is to be kept.
  ///   - host: A name or a numeric address.
  ///   - port: The TCP port.
  ///   - seconds: How long the exchange may take in all, from when its name is looked up or, if
  ///     that isn't needed, from now. Nothing is sent later.
  ///   - keepsConnection: Whether the connection may carry another request after the answer: one
  ///     that the completion, or a job that it gives to the loop, sends to the same host and port.
  ///     A request that takes such a connection must bear being sent twice, because a receiver may
  ///     close it at the same moment. The default is false.
  ///   - completion: Called once, on any thread.
  public func send(
    _ request: [UInt8], host: String, port: Int, within seconds: Double,
    keepsConnection: Bool = false,
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
      request: request, to: Destination(host: host, port: port), keepsConnection: keepsConnection,
      loop: running, resolver: loop.resolver, among: exchanges, kept: kept, completion: completion)
    if running.isCurrent {
      exchange.start(within: seconds)
    } else {
      running.execute { exchange.start(within: seconds) }
    }
  }

  /// Ends the client and its loop. Exchanges under way are dropped, and their completions are not
  /// called.
  public func close() {
    loop.execute { [exchanges, kept] in
      exchanges.dropAll()
      kept.closeAll()
    }
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
  /// How long an answered exchange may go on until the answer's end, in nanoseconds. A receiver
  /// that is still writing would otherwise get a reset.
  private static let afterAnswer: Int64 = 1_000_000_000
  /// How soon an exchange for which there is no descriptor tries again, in nanoseconds.
  private static let retry: Int64 = 50_000_000

  /// What is to be sent; emptied when the exchange is over.
  private var request: [UInt8]
  private let place: Destination
  private let keepsConnection: Bool
  private let loop: any EventLoop
  private let resolver: Resolver
  private let exchanges: Exchanges
  private let kept: KeptConnections
  private var completion: (@Sendable (OneShotClient.Outcome) -> Void)?
  private var timer: LoopTimer?
  /// The addresses that haven't been tried.
  private var addresses: ArraySlice<SocketAddress> = []
  /// Why the first address that was tried failed.
  private var failure: SystemError?
  private var connection: ClientConnection?
  private var isConnected = false
  /// Whether the connection has carried other requests before this one.
  private var isReused = false
  private var sent = 0
  private var answer = AnswerReader()
  private var received = 0

  init(
    request: [UInt8], to place: Destination, keepsConnection: Bool, loop: any EventLoop,
    resolver: Resolver, among exchanges: Exchanges, kept: KeptConnections,
    completion: @escaping @Sendable (OneShotClient.Outcome) -> Void
  ) {
    self.request = request
    self.place = place
    self.keepsConnection = keepsConnection
    self.loop = loop
    self.resolver = resolver
    self.exchanges = exchanges
    self.kept = kept
    self.completion = completion
  }

  // MARK: Connecting

  /// Begins on a free connection, or on a new one.
  func start(within seconds: Double) {
    if let connection = kept.take(to: place) {
      begin(within: seconds)
      self.connection = connection
      connection.user = self
      (isConnected, isReused) = (true, true)
      return write()
    }
    resolve { [self] in begin(within: seconds) }
  }

  /// Looks up the addresses, and connects.
  ///
  /// - Parameter began: Called on the loop when the lookup begins.
  private func resolve(began: @escaping @Sendable () -> Void) {
    resolver.resolve(place.host, port: place.port) { [loop] in
      loop.execute(began)
    } completion: { [self] outcome in
      // On the loop, because the deadline may have reported an outcome already.
      loop.execute { [self] in
        switch outcome {
        case .success(let addresses):
          self.addresses = addresses[...]
          connectToNext()
        case .failure(let error): end(.failed(error.reason))
        }
      }
    }
  }

  /// The exchange begins: its time runs.
  private func begin(within seconds: Double) {
    exchanges.add(self)
    timer = loop.after(Int64(min(max(0, seconds), 1e9) * 1e9)) { [self] in
      end(.failed("no answer within \(Int(seconds)) seconds"))
    }
  }

  /// Connects to the first of the addresses that can be reached.
  private func connectToNext() {
    guard completion != nil else { return }
    guard let address = addresses.first else {
      return end(.failed(failure?.reason ?? "the name has no address"))
    }
    do throws(SystemError) {
      let descriptor = try System.beginConnecting(to: address)
      addresses.removeFirst()
      let connection = ClientConnection(descriptor, on: loop, for: self)
      self.connection = connection
      do throws(SystemError) {
        try connection.register()
      } catch {
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

  /// The connection has ended, or can't be written to.
  ///
  /// One that was kept may have been closed by the receiver before this request came. What hasn't
  /// been answered with a single byte is then sent again, on a new connection.
  private func connectionEnded(_ reason: String) {
    guard isReused, received == 0 else { return end(.failed(reason)) }
    connection?.close()
    connection = nil
    (isConnected, isReused, sent) = (false, false, 0)
    resolve {}
  }

  // MARK: Ending

  /// Reports the outcome, unless one was reported, and closes the connection.
  private func end(_ outcome: OneShotClient.Outcome) {
    tell(outcome)
    drop()
  }

  /// Closes the connection.
  func drop() {
    connection?.close()
    release()
  }

  /// Lets go of everything.
  private func release() {
    timer?.cancel()
    connection = nil
    request = []
    completion = nil
    exchanges.remove(self)
  }

  private func tell(_ outcome: OneShotClient.Outcome) {
    let told = completion
    completion = nil
    told?(outcome)
  }

  /// Reports the status of an answer that is complete, and leaves the connection to the next
  /// exchange.
  private func pass(_ connection: ClientConnection, after status: Int) {
    let told = completion
    release()
    kept.keep(connection, to: place)
    told?(.answered(status))
    loop.execute { [kept, place] in kept.giveUp(connection, to: place) }
  }

  // MARK: Sending and receiving

  private var isSent: Bool { sent == request.count }

  func ready(_ readiness: Readiness) {
    guard let connection else { return }
    if !isConnected {
      if let failure = System.connectionFailure(of: connection.descriptor) {
        if self.failure == nil { self.failure = failure }
        connection.close()
        self.connection = nil
        return connectToNext()
      }
      isConnected = true
    }
    if !isSent, readiness.contains(.writable) { write() }
    if self.connection === connection, !readiness.isDisjoint(with: [.readable, .broken]) { read() }
  }

  private func write() {
    guard let connection else { return }
    let result = request.withUnsafeBytes {
      System.send(connection.descriptor, UnsafeRawBufferPointer(rebasing: $0[sent...]))
    }
    switch result {
    case .done(let count):
      sent += count
      // An answer may arrive before the request is fully sent.
      connection.watch(for: isSent ? [.read] : [.read, .write])
    case .wouldBlock: connection.watch(for: [.read, .write])
    case .endOfStream, .failed: connectionEnded("the connection ended while the request was sent")
    }
  }

  private func read() {
    guard let descriptor = connection?.descriptor else { return }
    withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 1) { buffer in
      switch System.receive(descriptor, into: buffer) {
      case .done(let count):
        received += count
        answer.take(
          UnsafeRawBufferPointer(rebasing: buffer[..<count]).assumingMemoryBound(to: UInt8.self))
        judge()
      case .wouldBlock: break
      case .endOfStream, .failed: connectionEnded("the connection ended without an answer")
      }
    }
  }

  /// Decides what comes of the bytes that have arrived.
  private func judge() {
    guard !answer.isMalformed else { return end(.failed("the answer is not HTTP")) }
    if completion != nil, let status = answer.status {
      if answer.isWhole, isSent, keepsConnection, let connection, connection.mayGoOn {
        return pass(connection, after: status)
      }
      timer?.cancel()
      timer = loop.after(Self.afterAnswer) { [self] in drop() }
      tell(.answered(status))
    }
    // What follows the status is still read, because a receiver that is writing would otherwise get
    // a reset. One that has written everything is let go at once.
    if answer.hasEnded, isSent { return drop() }
    if received > Self.longestAnswer { end(.failed("the answer's head is too long")) }
  }
}
