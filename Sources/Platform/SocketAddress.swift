#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An address and port that can be connected to.
package struct SocketAddress: Sendable {
  private var storage = sockaddr_storage()
  private let length: socklen_t

  /// The address family.
  package var family: Int32 { Int32(storage.ss_family) }

  private init?(_ info: addrinfo) {
    guard let address = info.ai_addr, info.ai_addrlen <= MemoryLayout<sockaddr_storage>.size else {
      return nil
    }
    length = info.ai_addrlen
    withUnsafeMutableBytes(of: &storage) { storage in
      storage.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen)))
    }
  }

  /// The other end of a connected socket.
  package init?(peerOf descriptor: Int32) { self.init { nameOfPeer(descriptor, $0, $1) } }

  /// This end of a connected socket.
  package init?(localOf descriptor: Int32) { self.init { nameOfSocket(descriptor, $0, $1) } }

  private init?(
    _ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask($0, &length) }
    }
    guard status == 0 else { return nil }
    storage = address
    self.length = length
  }

  /// The port.
  package var port: Int {
    withUnsafePointer(to: storage) { pointer in
      // The port stands at the same offset for IPv4 and IPv6.
      pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        Int(UInt16(bigEndian: $0.pointee.sin_port))
      }
    }
  }

  /// The addresses of a name, in the order in which they are to be tried.
  ///
  /// - Parameters:
  ///   - host: A name or a numeric address.
  ///   - port: 0 to 65,535.
  ///   - mayBlock: Whether names are looked up, which may take as long as the network does. Without
  ///     it only numeric addresses have one.
  /// - Throws: `getaddrinfo` with the resolver's reason, or `connect` for a port that can't be.
  package static func all(
    of host: String, port: Int, mayBlock: Bool
  ) throws(SystemError) -> [SocketAddress] {
    // The resolver would truncate a larger number to another port.
    guard 0...65_535 ~= port else { throw System.error("connect", EINVAL) }
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = SystemDifferences.streamType
    hints.ai_flags = AI_NUMERICSERV | (mayBlock ? 0 : AI_NUMERICHOST)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    guard status == 0 else {
      throw SystemError(
        call: "getaddrinfo", code: status, reason: String(cString: gai_strerror(status)))
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let info = next {
      if let address = SocketAddress(info.pointee) { addresses.append(address) }
      next = info.pointee.ai_next
    }
    return addresses
  }

  /// The address without its port, in numbers, e.g. `127.0.0.1` or `::1`.
  package var numericHost: String {
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = withAddress { address in
      getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    }
    guard status == 0 else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Connects a socket; the result is that of the system's call.
  func connect(_ descriptor: Int32) -> Int32 {
    withAddress { connectSocket(descriptor, $0, length) }
  }

  private func withAddress<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
    }
  }
}

// Outside the type, because its functions of the same names would hide the system's.

private func nameOfPeer(
  _ descriptor: Int32, _ address: UnsafeMutablePointer<sockaddr>,
  _ length: UnsafeMutablePointer<socklen_t>
) -> Int32 { getpeername(descriptor, address, length) }

private func nameOfSocket(
  _ descriptor: Int32, _ address: UnsafeMutablePointer<sockaddr>,
  _ length: UnsafeMutablePointer<socklen_t>
) -> Int32 { getsockname(descriptor, address, length) }

private func connectSocket(
  _ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t
) -> Int32 {
  connect(descriptor, address, length)
}
