#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A failed system call: its name and `errno`.
public struct SystemError: Error, Equatable, CustomStringConvertible {
  /// The call that failed, e.g. `bind`.
  public let call: String
  /// The value of `errno` after the call, or a resolver's code for `getaddrinfo`.
  public let code: Int32
  /// The system's text for `code`.
  public let reason: String

  public var description: String { "\(call): \(reason)" }

  /// Whether the system had too little of something: threads, descriptors, memory.
  package var isShortage: Bool {
    switch call {
    case "pthread_create": true
    case "getaddrinfo": false
    default: [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(code)
    }
  }

  /// Which limit to look at, in brackets, if one is known to be the reason.
  package var remedy: String {
    if call == "pthread_create" { return " (see ulimit -u)" }
    return code == EMFILE && call != "getaddrinfo" ? " (see ulimit -n)" : ""
  }
}

/// Thin wrappers of system calls: sockets here, calls that concern the process in `Process.swift`.
/// What differs between systems is in one file for each system, as ``SystemDifferences``.
package enum System {
  /// The result of one non-blocking read, write or accept.
  package enum Transfer: Equatable {
    /// So many bytes were transferred; for accept, the accepted descriptor.
    case done(Int)
    /// Nothing can be transferred now; the readiness loop reports when it can.
    case wouldBlock
    /// The peer has finished sending.
    case endOfStream
    /// The connection is broken; carries `errno`.
    case failed(Int32)
  }

  package static func error(_ call: String, _ code: Int32 = errno) -> SystemError {
    SystemError(call: call, code: code, reason: String(cString: strerror(code)))
  }

  /// Whether a text is an address of IPv6.
  package static func isIPv6(_ text: String) -> Bool {
    var address = in6_addr()
    return inet_pton(AF_INET6, text, &address) == 1
  }

  /// Whether a text is an address of IPv4, with all of its four numbers.
  package static func isIPv4(_ text: String) -> Bool {
    var address = in_addr()
    return inet_pton(AF_INET, text, &address) == 1
  }

  // MARK: Sockets

  /// Opens a listening, non-blocking TCP socket and returns its port.
  ///
  /// A name may have several addresses; the first one whose address family this machine supports is
  /// used.
  package static func listen(host: String, port: Int, backlog: Int) throws(SystemError) -> (
    descriptor: Int32, port: Int
  ) {
    let descriptor = try withAddresses(host, port, flags: AI_PASSIVE | AI_NUMERICSERV) {
      (address) throws(SystemError) in try listen(address, backlog: backlog)
    }
    return (descriptor, localPort(of: descriptor))
  }

  /// Tries the addresses of a name until one works.
  ///
  /// Blocks while the name is resolved.
  private static func withAddresses(
    _ host: String, _ port: Int, flags: Int32,
    _ body: (addrinfo) throws(SystemError) -> Int32
  ) throws(SystemError) -> Int32 {
    // The resolver would truncate a larger number to another port.
    guard 0...65_535 ~= port else { throw error("bind", EINVAL) }
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = SystemDifferences.streamType
    hints.ai_flags = flags
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    guard status == 0 else {
      throw SystemError(
        call: "getaddrinfo", code: status, reason: String(cString: gai_strerror(status)))
    }
    defer { freeaddrinfo(list) }
    var next = list
    var failure = error("getaddrinfo", EADDRNOTAVAIL)
    while let address = next {
      do throws(SystemError) {
        return try body(address.pointee)
      } catch {
        failure = error
        guard error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL else { break }
      }
      next = address.pointee.ai_next
    }
    throw failure
  }

  /// Begins to connect a non-blocking socket; it becomes writable when connecting has succeeded or
  /// failed.
  package static func beginConnecting(to address: SocketAddress) throws(SystemError) -> Int32 {
    let descriptor = try openStream(family: address.family)
    guard address.connect(descriptor) == 0 || errno == EINPROGRESS else {
      let failure = error("connect")
      close(descriptor)
      throw failure
    }
    return descriptor
  }

  /// Opens a non-blocking stream socket.
  package static func openStream(family: Int32) throws(SystemError) -> Int32 {
    let descriptor = socket(family, SystemDifferences.streamType, 0)
    guard descriptor >= 0 else { throw error("socket") }
    makeNonBlocking(descriptor)
    SystemDifferences.suppressBrokenPipeSignal(descriptor)
    return descriptor
  }

  /// Why a connection that was begun has failed; nil when it is established.
  package static func connectionFailure(of descriptor: Int32) -> SystemError? {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    return code == 0 ? nil : error("connect", code)
  }

  private static func listen(_ address: addrinfo, backlog: Int) throws(SystemError) -> Int32 {
    let descriptor = socket(address.ai_family, SystemDifferences.streamType, 0)
    guard descriptor >= 0 else { throw error("socket") }
    setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    makeNonBlocking(descriptor)
    var failure: SystemError?
    if bind(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
      failure = error("bind")
    } else if listenOn(descriptor, Int32(clamping: backlog)) != 0 {
      failure = error("listen")
    }
    if let failure {
      close(descriptor)
      throw failure
    }
    return descriptor
  }

  private static func localPort(of descriptor: Int32) -> Int {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = getsockname(descriptor, $0, &length)
      }
      // The port stands at the same offset for IPv4 and IPv6.
      return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        Int(UInt16(bigEndian: $0.pointee.sin_port))
      }
    }
  }

  /// Whether the other end of a connection has an address of this machine's loopback interface.
  package static func isLoopback(peerOf descriptor: Int32) -> Bool {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      let status = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getpeername(descriptor, $0, &length)
      }
      guard status == 0 else { return false }
      switch Int32(pointer.pointee.ss_family) {
      case AF_INET:
        return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24 == 127
        }
      case AF_INET6:
        return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          withUnsafeBytes(of: $0.pointee.sin6_addr) { bytes in
            let isOwn = bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
            // 127.0.0.0/8 as a socket for both families shows it.
            let isMapped =
              bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            return isOwn || isMapped && bytes[12] == 127
          }
        }
      default: return false
      }
    }
  }

  /// Accepts one connection, non-blocking and with Nagle's algorithm off.
  package static func accept(_ listener: Int32) -> Transfer {
    let descriptor = SystemDifferences.acceptNonBlocking(listener)
    guard descriptor >= 0 else {
      return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed(errno)
    }
    setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    return .done(Int(descriptor))
  }

  /// Whether an `accept` that failed with this code has lost only one connection: the peer gave up,
  /// or the call was interrupted. After any other failure (no descriptors or memory left) the next
  /// call would fail as well.
  package static func isLostConnection(_ code: Int32) -> Bool {
    code == ECONNABORTED || code == EPROTO || code == EINTR
  }

  package static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer)
    -> Transfer
  {
    while true {
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .done(count) }
      if count == 0 { return .endOfStream }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: return .wouldBlock
      default: return .failed(errno)
      }
    }
  }

  package static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Transfer {
    sent { SystemDifferences.sendWithoutSignal(descriptor, bytes) }
  }

  /// Sends what stands in two places, with one call.
  ///
  /// - Returns: How many bytes of both together the socket took.
  package static func send(
    _ descriptor: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
  ) -> Transfer {
    func part(_ bytes: UnsafeRawBufferPointer) -> iovec {
      iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
    }
    var parts = (part(first), part(second))
    return withUnsafeMutablePointer(to: &parts) { parts in
      parts.withMemoryRebound(to: iovec.self, capacity: 2) { parts in
        var message = msghdr()
        message.msg_iov = parts
        message.msg_iovlen = SystemDifferences.PartCount(2)
        return sent { SystemDifferences.sendWithoutSignal(descriptor, &message) }
      }
    }
  }

  @inline(__always)
  private static func sent(_ call: () -> Int) -> Transfer {
    while true {
      let count = call()
      if count >= 0 { return .done(count) }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: return .wouldBlock
      default: return .failed(errno)
      }
    }
  }

  /// Shuts down sending; the peer may still send.
  package static func finishSending(_ descriptor: Int32) {
    _ = shutdown(descriptor, SystemDifferences.shutDownWriting)
  }

  /// Shuts down both directions; whoever reads or writes is told so.
  static func finish(_ descriptor: Int32) {
    _ = shutdown(descriptor, SystemDifferences.shutDownBoth)
  }

  /// The state of a connection whose bytes are not being read.
  package enum PeerState {
    case connected
    /// The peer has finished sending; there may be unread bytes before its close.
    case finished
    /// The peer has reset the connection, or it broke.
    case broken
  }

  /// Checks for the peer's close without reading.
  package static func peerState(_ descriptor: Int32) -> PeerState {
    let finished = SystemDifferences.peerFinished
    let broken = SystemDifferences.connectionBroken
    var entry = pollfd(fd: descriptor, events: finished, revents: 0)
    guard poll(&entry, 1, 0) > 0 else { return .connected }
    if entry.revents & broken != 0 { return .broken }
    return entry.revents & finished != 0 ? .finished : .connected
  }

  /// For each socket, whether it has something to read or has ended. When the system can't tell,
  /// true for all of them.
  package static func haveNews(_ descriptors: [Int32]) -> [Bool] {
    let events = SystemDifferences.news
    var entries = descriptors.map { pollfd(fd: $0, events: events, revents: 0) }
    while poll(&entries, .init(entries.count), 0) < 0 {
      guard errno == EINTR else { return descriptors.map { _ in true } }
    }
    return entries.map { $0.revents != 0 }
  }

  /// How many received bytes wait to be read.
  package static func waitingBytes(_ descriptor: Int32) -> Int {
    SystemDifferences.waitingBytes(descriptor)
  }

  /// Makes `close` send a reset instead of an orderly end.
  package static func resetOnClose(_ descriptor: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  package static func close(_ descriptor: Int32) {
    closeDescriptor(descriptor)
  }

  package static func setOption(
    _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32
  ) {
    var value = value
    setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  package static func makeNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  // MARK: Memory

  /// Whether the two areas contain the same bytes.
  package static func areEqual(
    _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int
  ) -> Bool { memcmp(left, right, count) == 0 }

  // MARK: Descriptors

  /// A connected pair of non-blocking stream sockets.
  package static func socketPair() throws(SystemError) -> (Int32, Int32) {
    var pair: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, SystemDifferences.streamType, 0, &pair) == 0 else {
      throw error("socketpair")
    }
    makeNonBlocking(pair[0])
    makeNonBlocking(pair[1])
    return (pair[0], pair[1])
  }
}

// Outside ``System``, because its functions of the same names would hide the system's.

private func listenOn(_ descriptor: Int32, _ backlog: Int32) -> Int32 {
  listen(descriptor, backlog)
}

private func closeDescriptor(_ descriptor: Int32) { _ = close(descriptor) }
