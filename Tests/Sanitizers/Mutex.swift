// Put into each module by Tests/sanitize, for the thread sanitizer alone; not a part of the
// product.

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Takes the place of `Synchronization.Mutex`, whose locking the thread sanitizer can't see: it
/// lies in the toolchain's own library, which isn't instrumented. This one locks with pthreads,
/// which the sanitizer knows.
///
/// Safe though unchecked: the value is touched under the lock alone.
final class Mutex<Value: ~Copyable>: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// In memory of its own: an empty value in the object stands where its type does, which is read
  /// without the lock.
  private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

  init(_ value: consuming sending Value) {
    self.value.initialize(to: value)
    pthread_mutex_init(lock, nil)
  }

  deinit {
    value.deinitialize(count: 1)
    value.deallocate()
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return try body(&value.pointee)
  }

  func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result? {
    guard pthread_mutex_trylock(lock) == 0 else { return nil }
    defer { pthread_mutex_unlock(lock) }
    return try body(&value.pointee)
  }
}
