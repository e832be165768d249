import Dispatch
import Platform

/// An event loop on a serial dispatch queue with dispatch sources: the portable second
/// implementation, and the only one outside Linux.
///
/// `@unchecked Sendable`: all mutable state is touched on `queue` alone.
final class DispatchEventLoop: EventLoop, @unchecked Sendable {
  private static let key = DispatchSpecificKey<ObjectIdentifier>()
  private let queue = DispatchQueue(label: "cloro-mock.event-loop")
  private var registrations: [Int32: DispatchRegistration] = [:]
  /// The descriptors whose sources are being cancelled.
  private let closing = DispatchGroup()

  private var isStopped = false
  private let roundEnded: @Sendable () -> Void

  init(roundEnded: @escaping @Sendable () -> Void) {
    self.roundEnded = roundEnded
    queue.setSpecific(key: Self.key, value: ObjectIdentifier(self))
  }

  var isCurrent: Bool { DispatchQueue.getSpecific(key: Self.key) == ObjectIdentifier(self) }

  /// On Linux a reset may unregister a source without calling its handler.
  var reportsResets: Bool {
    #if os(Linux)
      false
    #else
      true
    #endif
  }

  /// The queue outlives its loop, so a job always runs.
  @discardableResult
  func execute(_ job: @escaping @Sendable () -> Void) -> Bool {
    queue.async { [roundEnded] in
      job()
      roundEnded()
    }
    return true
  }

  /// Timers keep the queue, and nothing else, alive.
  @discardableResult
  func after(_ nanoseconds: Int64, _ job: @escaping @Sendable () -> Void) -> LoopTimer {
    let timer = LoopTimer(job)
    queue.asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: max(0, nanoseconds)))) {
      [weak self] in
      guard let self, !isStopped else { return }
      timer.fire()
      roundEnded()
    }
    return timer
  }

  func register(
    _ descriptor: Int32, interest: Interest, handler: any ReadinessHandler
  ) throws(SystemError) {
    let registration = DispatchRegistration(
      descriptor, queue: queue, handler: handler, roundEnded: roundEnded)
    registrations[descriptor] = registration
    registration.watch(interest)
  }

  func update(_ descriptor: Int32, interest: Interest) {
    registrations[descriptor]?.watch(interest)
  }

  func silence(_ descriptor: Int32) { registrations[descriptor]?.watch([]) }

  func close(_ descriptor: Int32) {
    guard let registration = registrations.removeValue(forKey: descriptor) else {
      return System.close(descriptor)
    }
    // A dispatch source lives until its cancellation has finished. Until then the descriptor stays
    // open, so that its number can't be given to another connection.
    closing.enter()
    registration.cancel { [closing] in
      System.close(descriptor)
      closing.leave()
    }
  }

  func stop(_ ended: @escaping @Sendable () -> Void) {
    queue.async { [self] in
      isStopped = true
      for registration in registrations.values { registration.cancel {} }
      registrations = [:]
      closing.notify(queue: queue, execute: ended)
    }
  }
}
