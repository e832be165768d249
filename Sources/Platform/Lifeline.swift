#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension System {
  /// Sends this process SIGTERM as soon as standard input ends, and ends it if it then takes too
  /// long.
  ///
  /// - Parameter seconds: How long it may take.
  package static func endWithInput(within seconds: Double) throws(SystemError) {
    try startThread {
      var byte: UInt8 = 0
      while true {
        let count = read(&byte, 1, from: 0)
        // What comes is nobody's.
        if count == 0 || (count < 0 && errno != EINTR) { break }
      }
      kill(getpid(), SIGTERM)
      usleep(UInt32(seconds * 1_000_000))
      exitImmediately(0)
    }
  }
}
