/// The operating system's calls that the server uses: the one place that knows the platform.
#if canImport(Glibc)
  import CEpoll
  import Glibc
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
}

/// Namespace of thin, non-blocking wrappers over sockets, threads and clocks.
package enum System {
  /// What one non-blocking read, write or accept came to.
  enum Transfer: Equatable {
    /// That many bytes were moved (or: the accepted descriptor).
    case done(Int)
    /// Nothing now; the readiness loop will say when.
    case wouldBlock
    /// The peer has finished sending.
    case endOfStream
    /// The connection is broken; carries `errno`.
    case failed(Int32)
  }

  static func error(_ call: String, _ code: Int32 = errno) -> SystemError {
    SystemError(call: call, code: code, reason: String(cString: strerror(code)))
  }

  // MARK: Sockets

  /// Opens a listening, non-blocking TCP socket and says which port it got.
  ///
  /// A name may stand for several addresses; the first of a family that this machine has is taken.
  static func listen(host: String, port: Int, backlog: Int) throws(SystemError) -> (
    descriptor: Int32, port: Int
  ) {
    let descriptor = try withAddresses(host, port, flags: AI_PASSIVE | AI_NUMERICSERV) {
      (address) throws(SystemError) in try listen(address, backlog: backlog)
    }
    return (descriptor, localPort(of: descriptor))
  }

  /// Tries the addresses of a name until one serves.
  ///
  /// Blocks while the name is resolved.
  private static func withAddresses(
    _ host: String, _ port: Int, flags: Int32,
    _ body: (addrinfo) throws(SystemError) -> Int32
  ) throws(SystemError) -> Int32 {
    // The resolver would cut a larger number down to another port.
    guard 0...65_535 ~= port else { throw error("bind", EINVAL) }
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = streamType
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

  /// Begins to connect a non-blocking socket; it is writable when that has succeeded or failed.
  ///
  /// Blocks while the name is resolved.
  static func beginConnecting(host: String, port: Int) throws(SystemError) -> Int32 {
    try withAddresses(host, port, flags: AI_NUMERICSERV) { (address) throws(SystemError) in
      let descriptor = socket(address.ai_family, streamType, 0)
      guard descriptor >= 0 else { throw error("socket") }
      makeNonBlocking(descriptor)
      #if !canImport(Glibc)
        setOption(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1)
      #endif
      guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 || errno == EINPROGRESS
      else {
        let failure = error("connect")
        close(descriptor)
        throw failure
      }
      return descriptor
    }
  }

  /// What became of a connection that was begun; nil when it stands.
  static func connectionFailure(of descriptor: Int32) -> SystemError? {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
    return code == 0 ? nil : error("connect", code)
  }

  private static func listen(_ address: addrinfo, backlog: Int) throws(SystemError) -> Int32 {
    let descriptor = socket(address.ai_family, streamType, 0)
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

  /// Accepts one connection, non-blocking and with Nagle's algorithm off.
  static func accept(_ listener: Int32) -> Transfer {
    #if canImport(Glibc)
      let descriptor = caccept_nonblocking(listener)
    #else
      let descriptor = Darwin.accept(listener, nil, nil)
      if descriptor >= 0 {
        makeNonBlocking(descriptor)
        setOption(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1)
      }
    #endif
    guard descriptor >= 0 else {
      return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed(errno)
    }
    setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    return .done(Int(descriptor))
  }

  /// Whether an `accept` that failed with this code lost one connection alone: the peer gave up, or
  /// the call was interrupted. After any other failure (descriptors or memory ran out) the next call
  /// would fail as well.
  static func isLostConnection(_ code: Int32) -> Bool {
    code == ECONNABORTED || code == EPROTO || code == EINTR
  }

  static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
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

  static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Transfer {
    while true {
      #if canImport(Glibc)
        let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      #else
        let count = Darwin.send(descriptor, bytes.baseAddress, bytes.count, 0)
      #endif
      if count >= 0 { return .done(count) }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: return .wouldBlock
      default: return .failed(errno)
      }
    }
  }

  /// Says that nothing more will be sent; the peer may still send.
  static func finishSending(_ descriptor: Int32) {
    #if canImport(Glibc)
      _ = shutdown(descriptor, Int32(SHUT_WR))
    #else
      _ = shutdown(descriptor, SHUT_WR)
    #endif
  }

  /// How a connection whose bytes are not being read stands.
  enum PeerState {
    case connected
    /// The peer has finished sending; unread bytes may stand before that.
    case finished
    /// The peer has reset the connection, or it broke.
    case broken
  }

  /// Looks for the peer's end without reading.
  static func peerState(_ descriptor: Int32) -> PeerState {
    #if canImport(Glibc)
      let finished = Int16(CEPOLL_RDHUP)
      let broken = Int16(POLLERR) | Int16(POLLHUP)
    #else
      let finished = Int16(POLLHUP)
      let broken = Int16(POLLERR)
    #endif
    var entry = pollfd(fd: descriptor, events: finished, revents: 0)
    guard poll(&entry, 1, 0) > 0 else { return .connected }
    if entry.revents & broken != 0 { return .broken }
    return entry.revents & finished != 0 ? .finished : .connected
  }

  /// Which of some sockets have something to read, or have ended: true at the same place. All of them,
  /// when the system can't say.
  static func haveNews(_ descriptors: [Int32]) -> [Bool] {
    #if canImport(Glibc)
      let events = Int16(POLLIN) | Int16(CEPOLL_RDHUP)
    #else
      let events = Int16(POLLIN)
    #endif
    var entries = descriptors.map { pollfd(fd: $0, events: events, revents: 0) }
    while poll(&entries, .init(entries.count), 0) < 0 {
      guard errno == EINTR else { return descriptors.map { _ in true } }
    }
    return entries.map { $0.revents != 0 }
  }

  /// How many received bytes wait to be read.
  static func waitingBytes(_ descriptor: Int32) -> Int {
    var count: Int32 = 0
    #if canImport(Glibc)
      _ = ioctl(descriptor, UInt(FIONREAD), &count)
    #else
      var length = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_NREAD, &count, &length)
    #endif
    return Int(count)
  }

  /// Makes `close` send a reset instead of an orderly end.
  static func resetOnClose(_ descriptor: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  static func close(_ descriptor: Int32) {
    #if canImport(Glibc)
      _ = Glibc.close(descriptor)
    #else
      _ = Darwin.close(descriptor)
    #endif
  }

  private static func setOption(
    _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32
  ) {
    var value = value
    setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func makeNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  private static func listenOn(_ descriptor: Int32, _ backlog: Int32) -> Int32 {
    #if canImport(Glibc)
      Glibc.listen(descriptor, backlog)
    #else
      Darwin.listen(descriptor, backlog)
    #endif
  }

  private static var streamType: Int32 {
    #if canImport(Glibc)
      Int32(SOCK_STREAM.rawValue)
    #else
      SOCK_STREAM
    #endif
  }

  // MARK: Memory

  /// Whether as many bytes are the same at both places.
  static func areEqual(
    _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int
  ) -> Bool { memcmp(left, right, count) == 0 }

  // MARK: Descriptors

  /// A connected pair of non-blocking stream sockets.
  static func socketPair() throws(SystemError) -> (Int32, Int32) {
    var pair: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, streamType, 0, &pair) == 0 else { throw error("socketpair") }
    makeNonBlocking(pair[0])
    makeNonBlocking(pair[1])
    return (pair[0], pair[1])
  }

  #if canImport(Glibc)
    /// Adds to an event counter, which makes it readable.
    static func addToCounter(_ descriptor: Int32) {
      var one: UInt64 = 1
      _ = write(descriptor, &one, 8)
    }

    /// Sets an event counter back to zero.
    static func clearCounter(_ descriptor: Int32) {
      var count: UInt64 = 0
      _ = read(descriptor, &count, 8)
    }
  #endif

  /// Raises the soft limit of open descriptors to the hard one and returns it.
  @discardableResult
  package static func raiseDescriptorLimit() -> Int {
    var limits = rlimit()
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    guard getrlimit(resource, &limits) == 0 else { return 1024 }
    let before = limits.rlim_cur
    limits.rlim_cur = limits.rlim_max
    if setrlimit(resource, &limits) != 0 { limits.rlim_cur = before }
    return Int(clamping: limits.rlim_cur)
  }

  /// How much address space the process may have (`ulimit -v`), in bytes; nil without a limit.
  package static var memoryLimit: Int? {
    var limits = rlimit()
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
    #else
      let resource = RLIMIT_AS
    #endif
    // No limit is the largest number there is, or nearly: more than any machine has.
    guard getrlimit(resource, &limits) == 0, limits.rlim_cur < 1 << 60 else { return nil }
    return Int(limits.rlim_cur)
  }
}
