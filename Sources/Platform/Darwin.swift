#if canImport(Darwin)
  import Darwin

  /// The calls and types that differ between Darwin and Linux.
  enum SystemDifferences {
    static var streamType: Int32 { SOCK_STREAM }
    static var shutDownWriting: Int32 { SHUT_WR }
    static var shutDownBoth: Int32 { SHUT_RDWR }
    static var openFiles: Int32 { RLIMIT_NOFILE }
    static var addressSpace: Int32 { RLIMIT_AS }

    /// What `poll` reports of a peer that has finished sending.
    static var peerFinished: Int16 { Int16(POLLHUP) }
    /// What `poll` reports of a connection that is gone in both directions.
    static var connectionBroken: Int16 { Int16(POLLERR) }
    /// The `poll` events that cover received bytes as well as the peer's close.
    static var news: Int16 { Int16(POLLIN) }

    static func acceptNonBlocking(_ listener: Int32) -> Int32 {
      let descriptor = accept(listener, nil, nil)
      if descriptor >= 0 {
        System.makeNonBlocking(descriptor)
        suppressBrokenPipeSignal(descriptor)
      }
      return descriptor
    }

    /// On Darwin a socket option suppresses the signal for writes to a broken connection.
    static func suppressBrokenPipeSignal(_ descriptor: Int32) {
      System.setOption(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1)
    }

    static func sendWithoutSignal(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
      send(descriptor, bytes.baseAddress, bytes.count, 0)
    }

    static func sendWithoutSignal(_ descriptor: Int32, _ message: inout msghdr) -> Int {
      sendmsg(descriptor, &message, 0)
    }

    /// The type of the number of a message's parts.
    typealias PartCount = Int32

    /// How many received bytes wait to be read.
    static func waitingBytes(_ descriptor: Int32) -> Int {
      var count: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_NREAD, &count, &length)
      return Int(count)
    }

    /// Prepares a condition.
    static func initialize(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
      pthread_cond_init(condition, nil)
    }

    /// Waits for a condition until a time of the monotonic clock, in nanoseconds.
    static func wait(
      for condition: UnsafeMutablePointer<pthread_cond_t>,
      _ mutex: UnsafeMutablePointer<pthread_mutex_t>, until deadline: Int64
    ) {
      let rest = max(0, deadline - System.monotonicNanoseconds())
      var time = timespec(tv_sec: Int(rest / 1_000_000_000), tv_nsec: Int(rest % 1_000_000_000))
      pthread_cond_timedwait_relative_np(condition, mutex, &time)
    }

    /// A number that tells threads apart.
    static var currentThread: UInt { UInt(bitPattern: pthread_self()) }

    /// Starts a thread; its context is a retained ``ThreadStart``.
    ///
    /// - Returns: 0, or the reason why there is none.
    static func createThread(
      _ attributes: inout pthread_attr_t, _ context: UnsafeMutableRawPointer
    ) -> Int32 {
      var thread: pthread_t?
      return pthread_create(
        &thread, &attributes,
        { context in
          ThreadStart.run(context)
          return nil
        }, context)
    }
  }
#endif
