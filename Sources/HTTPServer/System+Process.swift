#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// What the double asks of its process: threads, clocks, signals, output.

extension System {
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
  package static func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
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

  /// Where a signal's handler leaves the signal's number. Written once, before the first handler.
  private nonisolated(unsafe) static var signalPipe: Int32 = -1

  /// Calls `body` with each of these signals that arrives, on a thread of its own, instead of their
  /// default action. May be called once.
  ///
  /// Why not dispatch's signal sources: on Linux one in a few hundred processes never heard of its
  /// SIGTERM.
  package static func onSignals(
    _ signals: [Int32], _ body: @escaping @Sendable (Int32) -> Void
  ) throws(SystemError) {
    precondition(signalPipe == -1, "Signals are watched already.")
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw error("pipe") }
    signalPipe = ends[1]
    let reading = ends[0]
    try startThread {
      var number: UInt8 = 0
      while true {
        let count = read(reading, &number, 1)
        if count == 1 { body(Int32(number)) } else if count == 0 || errno != EINTR { return }
      }
    }
    for signal in signals {
      // Nothing but a write is allowed here: the handler may run in the middle of anything.
      set(signal) { number in
        let before = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(System.signalPipe, &byte, 1)
        errno = before
      }
    }
  }

  private static func set(_ signal: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
    #if canImport(Glibc)
      _ = Glibc.signal(signal, handler)
    #else
      _ = Darwin.signal(signal, handler)
    #endif
  }

  /// Takes a signal's default action away.
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
  /// Writing past the largest size that the process may give a file (`ulimit -f`).
  package static let fileTooLarge = SIGXFSZ
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

  /// Whether a descriptor of this process is a terminal.
  package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Ends the process at once, without the libraries' own endings: threads that still run would find
  /// what they use torn down.
  package static func exitImmediately(_ code: Int32) -> Never { _exit(code) }
}
