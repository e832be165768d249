#if os(Linux)
  import CEpoll
  #if canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// The calls and types that differ between Linux and Darwin.
  enum SystemDifferences {
    static var streamType: Int32 { Int32(SOCK_STREAM.rawValue) }
    static var shutDownWriting: Int32 { Int32(SHUT_WR) }
    static var shutDownBoth: Int32 { Int32(SHUT_RDWR) }
    static var openFiles: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    static var addressSpace: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_AS.rawValue) }

    /// What `poll` reports of a peer that has finished sending.
    static var peerFinished: Int16 { Int16(CEPOLL_RDHUP) }
    /// What `poll` reports of a connection that is gone in both directions.
    static var connectionBroken: Int16 { Int16(POLLERR) | Int16(POLLHUP) }
    /// The `poll` events that cover received bytes as well as the peer's close.
    static var news: Int16 { Int16(POLLIN) | Int16(CEPOLL_RDHUP) }

    static func acceptNonBlocking(_ listener: Int32) -> Int32 { caccept_nonblocking(listener) }

    /// Nothing to do on Linux: each write asks for no signal itself.
    static func suppressBrokenPipeSignal(_ descriptor: Int32) {}

    static func sendWithoutSignal(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
      send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }

    static func sendWithoutSignal(_ descriptor: Int32, _ message: inout msghdr) -> Int {
      sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
    }

    /// The type of the number of a message's parts.
    typealias PartCount = Int

    /// How many received bytes wait to be read.
    static func waitingBytes(_ descriptor: Int32) -> Int {
      var count: Int32 = 0
      _ = ioctl(descriptor, UInt(FIONREAD), &count)
      return Int(count)
    }

    /// Prepares a condition whose waits end by the monotonic clock.
    static func initialize(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
      var attributes = pthread_condattr_t()
      pthread_condattr_init(&attributes)
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      pthread_cond_init(condition, &attributes)
      pthread_condattr_destroy(&attributes)
    }

    /// Waits for a condition until a time of the monotonic clock, in nanoseconds.
    static func wait(
      for condition: UnsafeMutablePointer<pthread_cond_t>,
      _ mutex: UnsafeMutablePointer<pthread_mutex_t>, until deadline: Int64
    ) {
      var time = timespec(
        tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
      pthread_cond_timedwait(condition, mutex, &time)
    }

    /// A number that tells threads apart.
    static var currentThread: UInt { UInt(pthread_self()) }

    /// Starts a thread; its context is a retained ``ThreadStart``.
    ///
    /// - Returns: 0, or the reason why there is none.
    static func createThread(
      _ attributes: inout pthread_attr_t, _ context: UnsafeMutableRawPointer
    ) -> Int32 {
      var thread = pthread_t()
      return pthread_create(
        &thread, &attributes,
        { context in
          ThreadStart.run(context!)
          return nil
        }, context)
    }
  }
#endif
