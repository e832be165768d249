import CCurl
import HTTPServer
import Platform

/// Sends webhooks to `https` receivers with the system's libcurl, which the client's loop drives:
/// no exchange blocks, waits for another one, or takes a thread.
///
/// URLSession is not used: on Linux it ends the process when a receiver closes in the middle of an
/// answer's head, and loading it and its libraries takes longer than the rest of the double's
/// start.
final class SecureWebhookTransport: Sendable {
  private let loop: ClientLoop
  private let exchanges = SecureExchanges()

  /// - Parameter loop: Where exchanges run.
  init(on loop: ClientLoop) { self.loop = loop }

  /// Sends one attempt.
  ///
  /// - Parameters:
  ///   - place: The address's host and port.
  ///   - seconds: How long it may take in all, from when its name is looked up or, if that isn't
  ///     needed, from now. Nothing is sent later.
  ///   - completion: Called once, on any thread.
  func send(
    _ body: [UInt8], to address: String, place: (host: String, port: Int),
    headers: [WebhookHeaders.Field], within seconds: Int,
    completion: @escaping @Sendable (OneShotClient.Outcome) -> Void
  ) {
    let running: (any EventLoop)?
    do throws(SystemError) {
      running = try loop.running()
    } catch {
      return completion(.failed(error.reason))
    }
    guard let running else { return completion(.failed("stopped")) }
    let exchange = SecureExchange(
      SecureRequest(
        address: address, host: place.host, port: place.port,
        headers: headers.map { "\($0.name): \($0.value)" }, body: body),
      among: exchanges, on: running, completion: completion)
    loop.resolve(place.host, port: place.port) {
      running.execute { exchange.begin(within: seconds) }
    } completion: { outcome in
      // On the loop, because the deadline may have reported an outcome already.
      running.execute {
        switch outcome {
        case .success(let addresses): exchange.start(at: addresses)
        case .failure(let error): exchange.end(.failed(error.reason))
        }
      }
    }
  }

  /// Ends all attempts without calling their completions. Must come before the loop's end.
  func close() { loop.execute { [exchanges] in exchanges.close() } }
}

/// What an exchange sends, and where to.
private struct SecureRequest: Sendable {
  let address: String
  let host: String
  let port: Int
  /// Complete header lines.
  let headers: [String]
  let body: [UInt8]
}

/// The exchanges of a loop, and libcurl's sockets and timer on it.
///
/// `@unchecked Sendable`: all state is touched on the loop alone.
private final class SecureExchanges: @unchecked Sendable {
  private var curl: OpaquePointer?
  private var loop: (any EventLoop)?
  private var timer: LoopTimer?
  private var sockets: [Int32: SecureSocket] = [:]
  private var running: [ObjectIdentifier: SecureExchange] = [:]
  private var isClosed = false
  /// How often there was no descriptor for a socket.
  private(set) var shortages = 0

  /// Begins an exchange.
  ///
  /// - Parameter place: Where to connect, as libcurl wants it; nil when the host says so itself.
  /// - Returns: nil when libcurl isn't there.
  func begin(
    _ exchange: SecureExchange, _ request: SecureRequest, place: String?, on loop: any EventLoop
  ) -> OpaquePointer? {
    guard !isClosed, let curl = library(on: loop) else { return nil }
    running[ObjectIdentifier(exchange)] = exchange
    return withStrings(request.headers) { headers in
      request.address.withCString { url in
        withOptionalString(place) { place in
          request.body.withUnsafeBytes { body in
            var post = ccurl_post()
            post.url = url
            post.place = place
            post.headers = headers
            post.body = body.baseAddress
            post.body_count = body.count
            post.context = Unmanaged.passUnretained(exchange).toOpaque()
            post.answered = { SecureExchange.from($0).answered(Int($1)) }
            post.ended = { context, failure in
              SecureExchange.from(context).ended(failure.map { String(cString: $0) })
            }
            return ccurl_begin(curl, &post)
          }
        }
      }
    }
  }

  /// libcurl, which is loaded with the first exchange.
  private func library(on loop: any EventLoop) -> OpaquePointer? {
    if let curl { return curl }
    self.loop = loop
    var hooks = ccurl_hooks()
    hooks.context = Unmanaged.passUnretained(self).toOpaque()
    hooks.open = { SecureExchanges.from($0).open(family: $1) }
    hooks.close = { SecureExchanges.from($0).close($1) }
    hooks.watch = { SecureExchanges.from($0).watch($1, $2) }
    hooks.set_timer = { SecureExchanges.from($0).setTimer($1) }
    curl = ccurl_make(&hooks)
    return curl
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> SecureExchanges {
    Unmanaged.fromOpaque(context!).takeUnretainedValue()
  }

  /// Forgets an exchange that is over.
  ///
  /// - Parameter handle: What ``begin(_:_:place:on:)`` returned, when it hasn't ended by itself.
  func remove(_ exchange: SecureExchange, _ handle: OpaquePointer?) {
    if let curl, let handle { ccurl_cancel(curl, handle) }
    running[ObjectIdentifier(exchange)] = nil
  }

  func close() {
    isClosed = true
    for exchange in Array(running.values) { exchange.drop() }
    timer?.cancel()
    if let curl { ccurl_free(curl) }
    curl = nil
  }

  // MARK: What libcurl asks for

  private func open(family: Int32) -> Int32 {
    do throws(SystemError) {
      return try System.openStream(family: family)
    } catch {
      if error.isShortage { shortages += 1 }
      return -1
    }
  }

  private func close(_ descriptor: Int32) {
    sockets[descriptor] = nil
    loop?.close(descriptor)
  }

  private func watch(_ descriptor: Int32, _ events: Int32) {
    var interest: Interest = []
    if events & Int32(CCURL_READ) != 0 { interest.insert(.read) }
    if events & Int32(CCURL_WRITE) != 0 { interest.insert(.write) }
    if sockets[descriptor] != nil {
      loop?.update(descriptor, interest: interest)
    } else if !interest.isEmpty {
      let socket = SecureSocket(descriptor) { [weak self] in self?.ready(descriptor, $0) }
      // Without the watch the exchange ends by its deadline.
      guard (try? loop?.register(descriptor, interest: interest, handler: socket)) != nil else {
        return
      }
      sockets[descriptor] = socket
    }
  }

  private func setTimer(_ milliseconds: Int) {
    timer?.cancel()
    timer = nil
    guard milliseconds >= 0 else { return }
    timer = loop?.after(Int64(milliseconds) * 1_000_000) { [weak self] in
      if let curl = self?.curl { ccurl_passed(curl) }
    }
  }

  private func ready(_ descriptor: Int32, _ readiness: Readiness) {
    guard let curl else { return }
    var events: Int32 = 0
    if readiness.contains(.readable) { events |= Int32(CCURL_READ) }
    if readiness.contains(.writable) { events |= Int32(CCURL_WRITE) }
    if readiness.contains(.broken) { events |= Int32(CCURL_ERROR) }
    ccurl_ready(curl, descriptor, events)
  }
}

/// One of libcurl's sockets.
private final class SecureSocket: ReadinessHandler {
  private let told: @Sendable (Readiness) -> Void

  init(_ descriptor: Int32, _ told: @escaping @Sendable (Readiness) -> Void) { self.told = told }

  func ready(_ readiness: Readiness) { told(readiness) }
}

/// One attempt.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` alone.
private final class SecureExchange: @unchecked Sendable {
  /// How long an answered exchange may go on until the receiver closes, in nanoseconds. A receiver
  /// that is still writing would otherwise get a reset.
  private static let afterAnswer: Int64 = 1_000_000_000
  /// How soon an exchange for which there is no descriptor tries again, in nanoseconds.
  private static let retry: Int64 = 50_000_000

  private let request: SecureRequest
  private let exchanges: SecureExchanges
  private let loop: any EventLoop
  private var completion: (@Sendable (OneShotClient.Outcome) -> Void)?
  private var timer: LoopTimer?
  private var handle: OpaquePointer?
  private var status: Int?
  private var addresses: [SocketAddress] = []
  /// The count of shortages when the exchange was started.
  private var shortages = 0

  init(
    _ request: SecureRequest, among exchanges: SecureExchanges, on loop: any EventLoop,
    completion: @escaping @Sendable (OneShotClient.Outcome) -> Void
  ) {
    self.request = request
    self.exchanges = exchanges
    self.loop = loop
    self.completion = completion
  }

  static func from(_ context: UnsafeMutableRawPointer?) -> SecureExchange {
    Unmanaged.fromOpaque(context!).takeUnretainedValue()
  }

  /// The exchange begins: its time runs.
  func begin(within seconds: Int) {
    timer = loop.after(Int64(seconds) * 1_000_000_000) { [self] in
      end(.failed("no answer within \(seconds) seconds"))
    }
  }

  /// Sends the request, unless its time is over.
  func start(at addresses: [SocketAddress]) {
    guard completion != nil else { return }
    self.addresses = addresses
    shortages = exchanges.shortages
    let texts = addresses.map { address in
      let host = address.numericHost
      return host.contains(":") ? "[\(host)]" : host
    }
    // A host that is an address needs no hint, and libcurl knows no other place for it.
    let isNumeric = texts == [request.host] || texts == ["[\(request.host)]"]
    let place = "\(request.host):\(request.port):\(texts.joined(separator: ","))"
    handle = exchanges.begin(self, request, place: isNumeric ? nil : place, on: loop)
    if handle == nil {
      end(.failed("https needs libcurl (Debian's libcurl4), which is not there"))
    }
  }

  /// The final answer's head is there. Called by libcurl, so what follows comes later.
  func answered(_ status: Int) {
    self.status = status
    loop.execute { [self] in
      tell(.answered(status))
      guard handle != nil else { return }
      timer?.cancel()
      timer = loop.after(Self.afterAnswer) { [self] in drop() }
    }
  }

  /// libcurl is done with the exchange.
  func ended(_ failure: String?) {
    handle = nil
    loop.execute { [self] in
      guard let failure, completion != nil else { return drop() }
      guard shortages == exchanges.shortages else {
        // The process has no descriptor at the moment. The receiver has nothing to do with that.
        loop.after(Self.retry) { [weak self] in
          guard let self else { return }
          start(at: addresses)
        }
        return
      }
      end(.failed(failure))
    }
  }

  /// Reports the outcome, unless one was reported, and ends the exchange.
  func end(_ outcome: OneShotClient.Outcome) {
    tell(status.map { .answered($0) } ?? outcome)
    drop()
  }

  /// Ends the exchange.
  func drop() {
    timer?.cancel()
    let handle = handle
    self.handle = nil
    completion = nil
    exchanges.remove(self, handle)
  }

  private func tell(_ outcome: OneShotClient.Outcome) {
    let told = completion
    completion = nil
    told?(outcome)
  }
}
