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
    // The resolver would cut a larger number down to another port.
    guard 0...65_535 ~= port else { throw error("bind", EINVAL) }
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = streamType
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
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
        let descriptor = try listen(address.pointee, backlog: backlog)
        return (descriptor, localPort(of: descriptor))
      } catch {
        failure = error
        guard error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL else { break }
      }
      next = address.pointee.ai_next
    }
    throw failure
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

  // MARK: Threads, clocks and signals

  /// Nanoseconds of a clock that never goes back.
  package static func monotonicNanoseconds() -> Int64 { nanoseconds(of: CLOCK_MONOTONIC) }

  /// Nanoseconds since the Unix epoch.
  package static func wallNanoseconds() -> Int64 { nanoseconds(of: CLOCK_REALTIME) }

  private static func nanoseconds(of clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Starts a detached thread.
  static func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    final class Box {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let context = Unmanaged.passRetained(Box(body)).toOpaque()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    #if canImport(Glibc)
      var thread = pthread_t()
      let status = pthread_create(
        &thread, &attributes,
        { context in
          Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().body()
          return nil
        }, context)
    #else
      var thread: pthread_t?
      let status = pthread_create(
        &thread, &attributes,
        { context in
          Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
          return nil
        }, context)
    #endif
    pthread_attr_destroy(&attributes)
    guard status == 0 else {
      Unmanaged<Box>.fromOpaque(context).release()
      throw error("pthread_create", status)
    }
  }

  /// A number that tells threads apart.
  static var currentThread: UInt {
    #if canImport(Glibc)
      UInt(pthread_self())
    #else
      UInt(bitPattern: pthread_self())
    #endif
  }

  /// Leaves a signal to a dispatch source instead of its default action.
  package static func ignore(_ signal: Int32) {
    #if canImport(Glibc)
      _ = Glibc.signal(signal, SIG_IGN)
    #else
      _ = Darwin.signal(signal, SIG_IGN)
    #endif
  }

  /// Termination request, as a service manager or container sends it.
  package static let terminate = SIGTERM
  /// Writing to a pipe whose reader has gone.
  package static let brokenPipe = SIGPIPE
  /// Interrupt, as Ctrl-C sends it.
  package static let interrupt = SIGINT
}

// MARK: - Mathematics

extension System {
  /// e to the power of `value`.
  package static func exponential(_ value: Double) -> Double { exp(value) }

  /// The natural logarithm.
  package static func logarithm(_ value: Double) -> Double { log(value) }

  /// The cosine of an angle in radians.
  package static func cosine(_ value: Double) -> Double { cos(value) }
}

// MARK: - Command line

extension System {
  /// Writes all of a text to a descriptor of this process, such as 1 for standard output.
  package static func writeText(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { buffer in
        #if canImport(Glibc)
          Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #else
          Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if count == 0 || errno != EINTR {
        return
      }
    }
  }

  /// Asks a server on this or another machine for a path, and waits for the status of its answer.
  ///
  /// - Parameters:
  ///   - host: A name or a numeric address.
  ///   - port: The TCP port.
  ///   - path: The request target.
  ///   - seconds: How long each step may take.
  package static func requestStatus(
    host: String, port: Int, path: String, timeout seconds: Int
  ) throws(SystemError) -> Int {
    var hints = addrinfo()
    hints.ai_socktype = streamType
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    guard status == 0, let address = list else {
      throw SystemError(
        call: "getaddrinfo", code: status, reason: String(cString: gai_strerror(status)))
    }
    defer { freeaddrinfo(list) }
    let descriptor = socket(address.pointee.ai_family, streamType, 0)
    guard descriptor >= 0 else { throw error("socket") }
    defer { close(descriptor) }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    guard connect(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
      throw error("connect")
    }
    let request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
    writeText(request, to: descriptor)
    var answer = [UInt8](repeating: 0, count: 64)
    guard case .done(let count) = answer.withUnsafeMutableBytes({ receive(descriptor, into: $0) })
    else { throw error("recv") }
    let words = String(decoding: answer[..<count], as: UTF8.self).split(separator: " ")
    guard words.count > 1, words[0].hasPrefix("HTTP/"), let code = Int(words[1]) else {
      throw SystemError(call: "recv", code: 0, reason: "the answer is not HTTP")
    }
    return code
  }
}

extension System {
  /// Ends the process at once, without the libraries' own endings: threads that still run would find
  /// what they use torn down.
  package static func exitImmediately(_ code: Int32) -> Never { _exit(code) }
}
