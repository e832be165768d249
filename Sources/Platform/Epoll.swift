#if os(Linux)
  import CEpoll

  /// Linux's epoll, with an eventfd by which another thread wakes the waiting one.
  ///
  /// ``wakeUp()`` may be called from any thread, everything else by one thread at a time.
  package struct Epoll: Sendable {
    /// The events that a descriptor is watched for or that have occurred.
    package struct Events: OptionSet, Sendable {
      package let rawValue: UInt32
      @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }

      package static let readable = Events(rawValue: UInt32(CEPOLL_IN))
      package static let writable = Events(rawValue: UInt32(CEPOLL_OUT))
      /// An error, or the end of both directions. Always reported, whatever is watched for.
      package static let broken = Events(rawValue: UInt32(CEPOLL_ERR) | UInt32(CEPOLL_HUP))
    }

    /// The most events of one wait.
    package static let mostEvents = 256

    private static let wakeUpToken = UInt64.max

    private let queue: Int32
    private let counter: Int32

    /// - Throws: For example, when the process has no descriptors left.
    package init() throws(SystemError) {
      queue = cepoll_create()
      guard queue >= 0 else { throw System.error("epoll_create1") }
      counter = ceventfd_create()
      guard counter >= 0 else {
        let failure = System.error("eventfd")
        System.close(queue)
        throw failure
      }
      guard cepoll_add(queue, counter, UInt32(CEPOLL_IN), Self.wakeUpToken) == 0 else {
        let failure = System.error("epoll_ctl")
        close()
        throw failure
      }
    }

    package func close() {
      System.close(counter)
      System.close(queue)
    }

    /// Watches a descriptor.
    ///
    /// - Parameter token: What its events are reported with; any number but the largest.
    package func add(_ descriptor: Int32, _ events: Events, token: UInt64) throws(SystemError) {
      guard cepoll_add(queue, descriptor, events.rawValue, token) == 0 else {
        throw System.error("epoll_ctl")
      }
    }

    /// Changes what a watched descriptor is watched for.
    package func modify(_ descriptor: Int32, _ events: Events, token: UInt64) {
      _ = cepoll_modify(queue, descriptor, events.rawValue, token)
    }

    /// Ends the watch.
    package func remove(_ descriptor: Int32) { _ = cepoll_remove(queue, descriptor) }

    /// Makes a wait return: the present one or else the next.
    package func wakeUp() {
      var one: UInt64 = 1
      System.write(&one, 8, to: counter)
    }

    /// Milliseconds, rounded up so that a deadline has passed after a wait for it.
    private static func milliseconds(until deadline: Int64) -> Int32 {
      guard deadline < .max else { return -1 }
      guard deadline > .min else { return 0 }
      let rest = max(0, deadline - System.monotonicNanoseconds())
      return Int32(clamping: rest / 1_000_000 + (rest % 1_000_000 > 0 ? 1 : 0))
    }

    /// Reports what has become ready.
    ///
    /// - Parameters:
    ///   - most: The most events, 1…``mostEvents``.
    ///   - deadline: Until when to wait for one, in monotonic nanoseconds: the largest number for
    ///     as long as it takes, a time that has passed for not at all.
    ///   - body: Called with each event and the token of its descriptor.
    /// - Returns: How many events there were, wake-ups among them.
    package func wait(
      atMost most: Int, until deadline: Int64, _ body: (Events, UInt64) -> Void
    ) -> Int {
      let timeout = Self.milliseconds(until: deadline)
      return withUnsafeTemporaryAllocation(of: cepoll_event.self, capacity: Self.mostEvents) {
        events in
        let count = cepoll_wait(queue, events.baseAddress, Int32(most), timeout)
        for event in events.prefix(max(0, Int(count))) {
          guard event.token != Self.wakeUpToken else {
            var count: UInt64 = 0
            System.read(&count, 8, from: counter)
            continue
          }
          body(Events(rawValue: event.events), event.token)
        }
        return max(0, Int(count))
      }
    }
  }
#endif
