import Dispatch

/// A descriptor that is watched by dispatch sources, each made when it is first wanted.
///
/// `@unchecked Sendable`: all mutable state is touched on `queue` alone.
final class DispatchRegistration: @unchecked Sendable {
  private let descriptor: Int32
  private let queue: DispatchQueue
  private let handler: any ReadinessHandler
  private let roundEnded: @Sendable () -> Void
  private var interest: Interest = []
  private var reader: (any DispatchSourceRead)?
  private var writer: (any DispatchSourceWrite)?
  private var isCancelled = false
  /// The sources whose cancellation has not finished.
  private let sources = DispatchGroup()

  init(
    _ descriptor: Int32, queue: DispatchQueue, handler: any ReadinessHandler,
    roundEnded: @escaping @Sendable () -> Void
  ) {
    self.roundEnded = roundEnded
    self.descriptor = descriptor
    self.queue = queue
    self.handler = handler
  }

  /// Changes what the descriptor is watched for.
  func watch(_ wanted: Interest) {
    if wanted.contains(.read), reader == nil {
      reader = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
      prepare(reader!, .readable)
    }
    if wanted.contains(.write), writer == nil {
      writer = DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: queue)
      prepare(writer!, .writable)
    }
    change(reader, from: interest.contains(.read), to: wanted.contains(.read))
    change(writer, from: interest.contains(.write), to: wanted.contains(.write))
    interest = wanted
  }

  /// Ends the watch for good.
  ///
  /// - Parameter done: Called on the queue when no source uses the descriptor any more.
  func cancel(_ done: @escaping @Sendable () -> Void) {
    isCancelled = true
    reader?.cancel()
    writer?.cancel()
    // A suspended source must be resumed before it can be released.
    change(reader, from: interest.contains(.read), to: true)
    change(writer, from: interest.contains(.write), to: true)
    interest = [.read, .write]
    sources.notify(queue: queue, execute: done)
  }

  private func prepare(_ source: any DispatchSourceProtocol, _ readiness: Readiness) {
    source.setEventHandler { [weak self] in
      guard let self, !isCancelled else { return }
      handler.ready(readiness)
      roundEnded()
    }
    sources.enter()
    source.setCancelHandler { [sources] in sources.leave() }
  }

  private func change(_ source: (any DispatchSourceProtocol)?, from old: Bool, to new: Bool) {
    if old && !new { source?.suspend() }
    if new && !old { source?.resume() }
  }
}
