#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A lock together with a condition that threads wait for.
///
/// `@unchecked Sendable`: the two are the system's, which any thread may use; they are made once
/// and freed with the object.
final class Condition: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    SystemDifferences.initialize(condition)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }

  func unlock() { pthread_mutex_unlock(mutex) }

  /// Wakes one thread that waits.
  func signal() { pthread_cond_signal(condition) }

  /// Wakes all threads that wait.
  func broadcast() { pthread_cond_broadcast(condition) }

  /// Waits, with the lock given up meanwhile. May return without a reason.
  ///
  /// - Parameter deadline: When to return at the latest, in monotonic nanoseconds; nil for never.
  func wait(until deadline: Int64? = nil) {
    if let deadline {
      SystemDifferences.wait(for: condition, mutex, until: deadline)
    } else {
      pthread_cond_wait(condition, mutex)
    }
  }
}

/// Something that happens once, and that threads wait for.
///
/// `@unchecked Sendable`: `isOpen` is touched under the condition's lock alone.
package final class Latch: @unchecked Sendable {
  private let condition = Condition()
  private var isOpen = false

  package init() {}

  /// It has happened. May be called again.
  package func open() {
    condition.lock()
    isOpen = true
    condition.broadcast()
    condition.unlock()
  }

  /// Blocks the thread until it has happened.
  package func wait() {
    condition.lock()
    while !isOpen { condition.wait() }
    condition.unlock()
  }
}
