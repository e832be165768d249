import Bytes
import Platform
import TLS

/// The connections of one event loop, and the memory that they share.
///
/// `@unchecked Sendable`: all mutable state is touched on `loop` alone. `@exclusivity(unchecked)`:
/// as in ``Connection``.
final class ConnectionGroup: @unchecked Sendable {
  /// The largest output buffer that is kept between responses, in bytes.
  static let keptOutput = 1024 * 1024

  let loop: any EventLoop
  let configuration: HTTPServer.Configuration
  let handler: any RequestHandler
  /// Where bytes are received before the parser takes them.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
  /// Where records of TLS are decrypted before the parser takes them.
  let plaintext = UnsafeMutableRawBufferPointer.allocate(
    byteCount: TLSSession.recordSize, alignment: 16)
  /// What TLS sessions have written, until it is sent.
  let sealed = TLSBytes()
  /// Where pieces of responses are put together that are written at once.
  @exclusivity(unchecked) var output: [UInt8] = []
  /// Where whole responses wait for the round's end.
  let outbox: Outbox
  private let counter: ConnectionCounter
  /// What the connections of all groups hold.
  let heldBytes: HeldBytes
  /// What all groups' tunnels share; nil where none are opened.
  let tunnels: TunnelPool?
  private var connections: [Int32: Connection] = [:]
  private var isStopping = false
  @exclusivity(unchecked) private var dateSecond = Int64.min
  @exclusivity(unchecked) private var dateText: [UInt8] = []

  init(
    loop: any EventLoop, outbox: Outbox, configuration: HTTPServer.Configuration,
    handler: any RequestHandler, counter: ConnectionCounter, heldBytes: HeldBytes,
    tunnels: TunnelPool?
  ) {
    self.loop = loop
    self.outbox = outbox
    self.configuration = configuration
    self.handler = handler
    self.counter = counter
    self.heldBytes = heldBytes
    self.tunnels = tunnels
  }

  deinit {
    scratch.deallocate()
    plaintext.deallocate()
  }

  /// Takes over an accepted descriptor.
  ///
  /// - Parameter tls: What its TLS layer needs; nil for a plain connection.
  func adopt(_ descriptor: Int32, tls: TLSContext? = nil) {
    // It was accepted, on another loop, just before the end.
    guard !isStopping else {
      System.close(descriptor)
      return counter.leave()
    }
    let connection = Connection(descriptor: descriptor, group: self)
    connections[descriptor] = connection
    do {
      if let tls { try connection.startTLS(tls) }
      try connection.start()
    } catch {
      connection.close()
    }
  }

  /// Forgets a connection that has closed.
  func remove(_ descriptor: Int32) {
    connections[descriptor] = nil
    counter.leave()
  }

  /// Lets every connection look at its deadline.
  func tick() {
    guard !connections.isEmpty else { return }
    outbox.flush()
    let now = System.monotonicNanoseconds()
    for connection in Array(connections.values) { connection.tick(now: now) }
  }

  /// Reads what lies in the connections' sockets, and takes note of those that have ended.
  func processArrivals() {
    let all = Array(connections.values)
    let haveNews = System.haveNews(all.map(\.descriptor))
    for (connection, hasNews) in zip(all, haveNews) where hasNews {
      connection.processArrivals()
      // What was answered is out, and what was pipelined behind it is handled.
      outbox.flush()
    }
  }

  /// Ends idle connections and endless streams, and the others with their response.
  func stop() {
    isStopping = true
    outbox.flush()
    for connection in Array(connections.values) { connection.stop() }
  }

  /// Ends every connection now.
  func closeAll() {
    isStopping = true
    outbox.flush()
    for connection in Array(connections.values) {
      connection.sayGoodbye()
      connection.close()
    }
  }

  /// The value of the `Date` field, made anew once a second.
  func date() -> [UInt8] {
    let second = configuration.secondsSinceEpoch()
    if second != dateSecond {
      dateSecond = second
      dateText = []
      CivilTime(secondsSinceEpoch: second).writeHTTPDate(to: &dateText)
    }
    return dateText
  }
}
