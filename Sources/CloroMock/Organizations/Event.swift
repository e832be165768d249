import Dispatch

/// Something that happens once and can be waited for on a queue that may block.
struct Event: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)

  func signal() { semaphore.signal() }

  func wait() { semaphore.wait() }
}
