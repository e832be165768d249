import TLSClient

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A blocking client on a socket that sends and receives bytes as they are.
///
/// `@unchecked Sendable`: one thread uses it at a time; tasks wait for its answer and its end on a
/// thread of their own, because a blocked task would block others.
final class RawClient: @unchecked Sendable {
  /// How long a call waits for the server before the test fails, in milliseconds. It is long enough
  /// for a busy machine.
  static let patience: Int32 = 240_000

  enum Failure: Error {
    case system(String, Int32)
    case timedOut
    /// The stream ended in the middle of a response.
    case ended([UInt8])
  }

  /// How a stream ended.
  enum End: Equatable {
    case finished
    case reset
  }

  private var descriptor: Int32
  private var waiting: [UInt8] = []
  /// Its TLS layer, if it speaks TLS.
  private var tls: OpaquePointer?

  /// Connects to 127.0.0.1 or, on request, to ::1, and makes the handshake of TLS if it speaks
  /// that.
  init(
    port: Int, usesIPv6: Bool = false, receiveBuffer: Int32? = nil, speaksTLS: Bool = false
  ) throws {
    #if canImport(Glibc)
      let type = Int32(SOCK_STREAM.rawValue)
    #else
      let type = SOCK_STREAM
    #endif
    descriptor = socket(usesIPv6 ? AF_INET6 : AF_INET, type, 0)
    guard descriptor >= 0 else { throw Failure.system("socket", errno) }
    if var size = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    #if canImport(Darwin)
      var one: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &one, socklen_t(MemoryLayout<Int32>.size))
    #endif
    // So that the bytes of each call are sent at once.
    var noDelay: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
    guard Self.connect(descriptor, port, usesIPv6) == 0 else {
      let code = errno
      close()
      throw Failure.system("connect", code)
    }
    guard speaksTLS else { return }
    var patience = timeval(tv_sec: Int(Self.patience / 1000), tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    tls = tlsclient_make(descriptor)
    guard tls != nil else {
      close()
      throw Failure.system("handshake", 0)
    }
  }

  /// Waits for a connection on a listening socket and takes it.
  init(acceptedBy listener: Int32) throws {
    var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, Self.patience) > 0 else { throw Failure.timedOut }
    descriptor = accept(listener, nil, nil)
    guard descriptor >= 0 else { throw Failure.system("accept", errno) }
  }

  deinit { close() }

  private static func connect(_ descriptor: Int32, _ port: Int, _ usesIPv6: Bool) -> Int32 {
    if usesIPv6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = in_port_t(port).bigEndian
      address.sin6_addr = in6addr_loopback
      return connect(descriptor, &address)
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return connect(descriptor, &address)
  }

  private static func connect<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        #if canImport(Glibc)
          Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
        #else
          Darwin.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
        #endif
      }
    }
  }

  // MARK: Sending

  func send(_ text: String) throws { try send(latin1(text)) }

  func send(_ bytes: [UInt8]) throws {
    if let tls {
      guard tlsclient_send(tls, bytes, bytes.count) == bytes.count else {
        throw Failure.system("send", errno)
      }
      return
    }
    #if canImport(Glibc)
      let flags = Int32(MSG_NOSIGNAL)
    #else
      let flags: Int32 = 0
    #endif
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        #if canImport(Glibc)
          Glibc.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, flags)
        #else
          Darwin.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, flags)
        #endif
      }
      guard count > 0 else { throw Failure.system("send", errno) }
      sent += count
    }
  }

  /// Changes the keys of TLS, and asks the server to do the same.
  ///
  /// - Returns: Whether that could be sent.
  func updateKeys() -> Bool { tls.map { tlsclient_update_keys($0) != 0 } ?? false }

  /// Sends a FIN, and before it what TLS says of that; the server may still answer.
  func finishSending() {
    if let tls { tlsclient_finish(tls) }
    #if canImport(Glibc)
      _ = shutdown(descriptor, Int32(SHUT_WR))
    #else
      _ = shutdown(descriptor, SHUT_WR)
    #endif
  }

  /// Sends a FIN, and waits until the server's end has received it, because a busy machine delivers
  /// it with a delay.
  func finishAndArrive() {
    finishSending()
    #if canImport(Glibc)
      var info = tcp_info()
      var size = socklen_t(MemoryLayout<tcp_info>.size)
      while getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0,
        info.tcpi_state == UInt8(TCP_FIN_WAIT1)
      {
        Self.pause()
      }
    #endif
  }

  func close() {
    guard descriptor >= 0 else { return }
    if let tls { tlsclient_free(tls) }
    tls = nil
    #if canImport(Glibc)
      _ = Glibc.close(descriptor)
    #else
      _ = Darwin.close(descriptor)
    #endif
    descriptor = -1
  }

  /// Closes with a RST.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// Closes with a RST, and waits until the server's socket has received it, because a busy machine
  /// delivers it with a delay. The server must run in this process.
  func resetAndArrive() {
    let port = Self.port(of: descriptor, by: getsockname)
    let other = (0..<Int32(8192)).first { Self.port(of: $0, by: getpeername) == port }
    reset()
    guard let other else { return }
    // A socket that was reset no longer has a peer.
    while Self.port(of: other, by: getpeername) == port { Self.pause() }
  }

  /// The IPv4 port of a socket's own end or of its peer's; nil when it has none.
  private static func port(
    of descriptor: Int32,
    by name: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> Int? {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name(descriptor, $0, &length) }
    }
    guard status == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
    return Int(in_port_t(bigEndian: address.sin_port))
  }

  // MARK: Receiving

  /// Whether bytes or the server's close have arrived and have not been received yet.
  var hasNews: Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 0) > 0
  }

  /// Receives some bytes; none at the stream's end.
  func receive(atMost limit: Int = 65_536) throws -> [UInt8] {
    if !waiting.isEmpty {
      defer { waiting = [] }
      return waiting
    }
    if let tls { return try receive(from: tls, atMost: limit) }
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, Self.patience) > 0 else { throw Failure.timedOut }
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = recv(descriptor, &buffer, limit, 0)
    guard count >= 0 else { throw Failure.system("recv", errno) }
    return Array(buffer[..<count])
  }

  /// An end counts only when TLS has said so.
  private func receive(from tls: OpaquePointer, atMost limit: Int) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = tlsclient_receive(tls, &buffer, limit)
    guard count >= 0 else {
      if count == Int(TLSCLIENT_FAILED), errno == EAGAIN { throw Failure.timedOut }
      throw Failure.system(count == Int(TLSCLIENT_CUT) ? "close_notify" : "recv", errno)
    }
    return Array(buffer[..<count])
  }

  /// Receives until the stream ends.
  func receiveToEnd() throws -> (bytes: [UInt8], end: End) {
    var bytes: [UInt8] = []
    do {
      while true {
        let more = try receive()
        if more.isEmpty { return (bytes, .finished) }
        bytes += more
      }
    } catch Failure.system(_, ECONNRESET) {
      return (bytes, .reset)
    }
  }

  /// Receives one response and leaves what follows it for the next call.
  func response(toHead: Bool = false) throws -> RawResponse {
    var bytes: [UInt8] = []
    while true {
      if let (response, length) = RawResponse.parse(bytes, toHead: toHead) {
        waiting = Array(bytes[length...])
        return response
      }
      let more = try receive()
      if more.isEmpty { throw Failure.ended(bytes) }
      bytes += more
    }
  }

  /// Receives up to the first occurrence of a text, and leaves what follows it for the next call.
  func text(through end: String) throws -> String {
    let end = latin1(end)
    var bytes: [UInt8] = []
    var searched = 0
    while true {
      while bytes.count - searched >= end.count {
        searched += 1
        guard bytes[searched - 1] == end[0], bytes[(searched - 1)...].starts(with: end) else {
          continue
        }
        let length = searched - 1 + end.count
        waiting = Array(bytes[length...])
        return String(decoding: bytes[..<length], as: UTF8.self)
      }
      let more = try receive()
      if more.isEmpty { throw Failure.ended(bytes) }
      bytes += more
    }
  }

  /// ``response(toHead:)`` for tasks.
  func answer() async throws -> RawResponse {
    try await onThread { Result { try self.response() } }.get()
  }

  /// ``text(through:)`` for tasks.
  func passage(through end: String) async throws -> String {
    try await onThread { Result { try self.text(through: end) } }.get()
  }

  /// ``receiveToEnd()`` for tasks.
  func end() async throws -> (bytes: [UInt8], end: End) {
    try await onThread { Result { try self.receiveToEnd() } }.get()
  }

  /// Waits a moment, for conditions that no event reports.
  static func pause() { poll(nil, 0, 1) }
}

// MARK: Descriptors

extension RawClient {
  /// How many open descriptors of this process are sockets bound to that IPv4 port on this side.
  static func openSockets(port: Int) -> Int {
    (0..<Int32(8192)).count { Self.port(of: $0, by: getsockname) == port }
  }

  /// Limits the number of descriptors of this process while `body` runs.
  static func limitDescriptors<Value>(to count: Int, _ body: () throws -> Value) rethrows -> Value {
    var before = rlimit()
    getrlimit(descriptorResource, &before)
    var limits = rlimit(rlim_cur: rlim_t(count), rlim_max: before.rlim_max)
    setrlimit(descriptorResource, &limits)
    defer { setrlimit(descriptorResource, &before) }
    return try body()
  }

  #if canImport(Glibc)
    private static let descriptorResource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let descriptorResource = RLIMIT_NOFILE
  #endif

  /// How many descriptors below that number are open.
  static func openDescriptors(below bound: Int32 = 8192) -> Int {
    (0..<bound).count { fcntl($0, F_GETFD) >= 0 }
  }

  /// The lowest descriptor that is free.
  static func lowestFreeDescriptor() -> Int {
    Int((0..<Int32.max).first { fcntl($0, F_GETFD) < 0 }!)
  }
}
