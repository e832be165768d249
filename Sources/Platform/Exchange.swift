import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ends an exchange that another thread waits for.
package final class ExchangeEnd: Sendable {
  private struct State {
    /// The connection, as long as it is open.
    var descriptor: Int32?
    var isDue = false
  }

  private let state = Mutex(State())

  package init() {}

  /// Whether ``end()`` was called.
  package var isDue: Bool { state.withLock { $0.isDue } }

  /// Ends the connection, as if the server had; one that isn't there yet ends at once.
  package func end() {
    state.withLock { state in
      state.isDue = true
      if let descriptor = state.descriptor { System.finish(descriptor) }
    }
  }

  /// - Parameter descriptor: The connection; nil before it is closed.
  fileprivate func watch(_ descriptor: Int32?) {
    state.withLock { state in
      state.descriptor = descriptor
      if let descriptor, state.isDue { System.finish(descriptor) }
    }
  }
}

extension System {
  /// Sends a request over a connection of its own and returns all that comes until the server
  /// closes it. Blocks; it is for commands that ask a double one thing.
  ///
  /// - Parameters:
  ///   - request: The whole request as it stands on the wire; it must ask for the connection's end.
  ///   - host: A name or a numeric address.
  ///   - seconds: How long the server may be silent, at each step.
  package static func exchange(
    _ request: [UInt8], host: String, port: Int, silentFor seconds: Double
  ) throws(SystemError) -> [UInt8] {
    var answer: [UInt8] = []
    try exchange(request, host: host, port: port, silentFor: seconds) { answer += $0 }
    return answer
  }

  /// The same, with the answer piece by piece as it comes.
  ///
  /// - Parameter end: By which another thread ends it early.
  package static func exchange(
    _ request: [UInt8], host: String, port: Int, silentFor seconds: Double,
    until end: ExchangeEnd? = nil, received: (ArraySlice<UInt8>) -> Void
  ) throws(SystemError) {
    let descriptor = try connected(host: host, port: port, within: seconds)
    end?.watch(descriptor)
    defer {
      end?.watch(nil)
      close(descriptor)
    }
    var rest = request[...]
    while !rest.isEmpty {
      switch rest.withUnsafeBytes({ send(descriptor, $0) }) {
      case .done(let count): rest = rest.dropFirst(count)
      case .wouldBlock: try wait(for: POLLOUT, on: descriptor, within: seconds)
      case .endOfStream: throw error("send", EPIPE)
      case .failed(let code): throw error("send", code)
      }
    }
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      switch buffer.withUnsafeMutableBytes({ receive(descriptor, into: $0) }) {
      case .done(let count): received(buffer[..<count])
      case .wouldBlock: try wait(for: POLLIN, on: descriptor, within: seconds)
      case .endOfStream: return
      case .failed(let code): throw error("recv", code)
      }
    }
  }

  /// Connects to the first of a host's addresses that takes it.
  private static func connected(
    host: String, port: Int, within seconds: Double
  ) throws(SystemError) -> Int32 {
    var failure = error("connect", EADDRNOTAVAIL)
    for address in try SocketAddress.all(of: host, port: port, mayBlock: true) {
      do throws(SystemError) {
        return try connected(to: address, within: seconds)
      } catch {
        failure = error
      }
    }
    throw failure
  }

  private static func connected(
    to address: SocketAddress, within seconds: Double
  ) throws(SystemError) -> Int32 {
    let descriptor = try beginConnecting(to: address)
    do throws(SystemError) {
      try wait(for: POLLOUT, on: descriptor, within: seconds)
      if let failure = connectionFailure(of: descriptor) { throw failure }
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static func wait(
    for event: Int32, on descriptor: Int32, within seconds: Double
  ) throws(SystemError) {
    var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    let count = poll(&entry, 1, Int32(seconds * 1000))
    if count == 0 { throw error("poll", ETIMEDOUT) }
    if count < 0, errno != EINTR { throw error("poll") }
  }
}
