#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// Calls that concern the process: threads, clocks, signals, output.

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

  /// Blocks the caller's thread. For a command that asks a service which can't tell by itself.
  package static func pause(seconds: Double) { usleep(UInt32(min(max(0, seconds), 60) * 1e6)) }

  /// Starts a detached thread.
  package static func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    let context = Unmanaged.passRetained(ThreadStart(body)).toOpaque()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let status = SystemDifferences.createThread(&attributes, context)
    pthread_attr_destroy(&attributes)
    guard status == 0 else {
      Unmanaged<ThreadStart>.fromOpaque(context).release()
      throw error("pthread_create", status)
    }
  }

  /// A number that tells threads apart.
  package static var currentThread: UInt { SystemDifferences.currentThread }

  /// Ignores a signal instead of taking its default action.
  package static func ignore(_ signal: Int32) {
    ignoreSignal(signal)
  }

  /// Writing to a pipe whose reader has gone.
  package static let brokenPipe = SIGPIPE
  /// Writing past the largest size that the process may give a file (`ulimit -f`).
  package static let fileTooLarge = SIGXFSZ
}

// MARK: - Limits

extension System {
  /// Raises the soft limit of open descriptors to the hard one and returns it.
  @discardableResult
  package static func raiseDescriptorLimit() -> Int {
    var limits = rlimit()
    let resource = SystemDifferences.openFiles
    guard getrlimit(resource, &limits) == 0 else { return 1024 }
    let before = limits.rlim_cur
    limits.rlim_cur = limits.rlim_max
    if setrlimit(resource, &limits) != 0 { limits.rlim_cur = before }
    return Int(clamping: limits.rlim_cur)
  }

  /// How much address space the process may have (`ulimit -v`), in bytes; nil without a limit.
  package static var memoryLimit: Int? {
    var limits = rlimit()
    // A value at or near the largest integer means no limit: it is more than any machine has.
    guard getrlimit(SystemDifferences.addressSpace, &limits) == 0, limits.rlim_cur < 1 << 60 else {
      return nil
    }
    return Int(limits.rlim_cur)
  }
}

// MARK: - Mathematics

extension System {
  /// e to the power of `value`.
  package static func exponential(_ value: Double) -> Double { exp(value) }

  /// The natural logarithm.
  package static func logarithm(_ value: Double) -> Double { log(value) }
}

// MARK: - Descriptors of any kind

extension System {
  /// Whether the call that failed just now was interrupted by a signal.
  package static var wasInterrupted: Bool { errno == EINTR }

  /// Writes to a descriptor once.
  ///
  /// - Returns: How many bytes it took; less than 0 with `errno` set when it failed.
  @discardableResult
  package static func write(_ bytes: UnsafeRawPointer, _ count: Int, to descriptor: Int32) -> Int {
    writeOnce(descriptor, bytes, count)
  }

  /// Reads from a descriptor once.
  ///
  /// - Returns: How many bytes came; 0 at the end, less than 0 with `errno` set when it failed.
  @discardableResult
  package static func read(_ bytes: UnsafeMutableRawPointer, _ count: Int, from descriptor: Int32)
    -> Int
  {
    readOnce(descriptor, bytes, count)
  }
}

// MARK: - Command line

extension System {
  /// Writes all of a text to a descriptor of this process, such as 1 for standard output.
  ///
  /// - Returns: Why it couldn't be written; nil when it was.
  @discardableResult
  package static func writeText(_ text: String, to descriptor: Int32) -> SystemError? {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { buffer in
        write(buffer.baseAddress!, buffer.count, to: descriptor)
      }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if count == 0 || errno != EINTR {
        return error("write")
      }
    }
    return nil
  }

  /// The code of a write that nobody reads any more.
  package static let readerIsGone = EPIPE

  /// Whether a descriptor of this process is a terminal.
  package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Ends the process at once, without running exit handlers, which would destroy objects that
  /// other threads still use.
  package static func exitImmediately(_ code: Int32) -> Never { _exit(code) }
}

/// What a new thread runs.
package final class ThreadStart {
  private let body: @Sendable () -> Void

  package init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  /// Runs, and lets go of, what a retained pointer to a start refers to.
  package static func run(_ context: UnsafeMutableRawPointer) {
    Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue().body()
  }
}

// Outside ``System``, because its functions of the same names would hide the system's.

private func writeOnce(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}

private func readOnce(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, bytes, count)
}

private func ignoreSignal(_ number: Int32) { _ = signal(number, SIG_IGN) }
