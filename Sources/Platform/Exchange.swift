#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

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
    let descriptor = try beginConnecting(host: host, port: port)
    defer { close(descriptor) }
    func waitFor(_ event: Int32) throws(SystemError) {
      var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      let count = poll(&entry, 1, Int32(seconds * 1000))
      if count == 0 { throw error("poll", ETIMEDOUT) }
      if count < 0, errno != EINTR { throw error("poll") }
    }
    try waitFor(POLLOUT)
    if let failure = connectionFailure(of: descriptor) { throw failure }
    var rest = request[...]
    while !rest.isEmpty {
      switch rest.withUnsafeBytes({ send(descriptor, $0) }) {
      case .done(let count): rest = rest.dropFirst(count)
      case .wouldBlock: try waitFor(POLLOUT)
      case .endOfStream: throw error("send", EPIPE)
      case .failed(let code): throw error("send", code)
      }
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      switch buffer.withUnsafeMutableBytes({ receive(descriptor, into: $0) }) {
      case .done(let count): answer += buffer[..<count]
      case .wouldBlock: try waitFor(POLLIN)
      case .endOfStream: return answer
      case .failed(let code): throw error("recv", code)
      }
    }
  }
}
