import Dispatch

/// An event loop on a serial dispatch queue with dispatch sources: the portable second
/// implementation, and the only one outside Linux.
///
/// `@unchecked Sendable`: all mutable state is touched on `queue` alone.
final class DispatchEventLoop: EventLoop, @unchecked Sendable {
  private final class Registration {
    let reader: any DispatchSourceRead
    let writer: any DispatchSourceWrite
    var interest: Interest = []

    init(reader: any DispatchSourceRead, writer: any DispatchSourceWrite) {
      self.reader = reader
      self.writer = writer
    }

    func set(_ wanted: Interest) {
      change(reader, from: interest.contains(.read), to: wanted.contains(.read))
      change(writer, from: interest.contains(.write), to: wanted.contains(.write))
      interest = wanted
    }

    private func change(_ source: any DispatchSourceProtocol, from old: Bool, to new: Bool) {
      if old && !new { source.suspend() }
      if new && !old { source.resume() }
    }

    /// A suspended source must be resumed before it can go.
    func cancel() {
      set([.read, .write])
      reader.cancel()
      writer.cancel()
    }
  }

  private static let key = DispatchSpecificKey<ObjectIdentifier>()
  private let queue = DispatchQueue(label: "cloro-mock.event-loop")
  private var registrations: [Int32: Registration] = [:]

  init() { queue.setSpecific(key: Self.key, value: ObjectIdentifier(self)) }

  var isCurrent: Bool { DispatchQueue.getSpecific(key: Self.key) == ObjectIdentifier(self) }

  func execute(_ job: @escaping @Sendable () -> Void) { queue.async(execute: job) }

  func register(
    _ descriptor: Int32, interest: Interest, handler: any ReadinessHandler
  ) throws(SystemError) {
    // A dispatch source lives until its cancellation is through, so it watches its own descriptor:
    // the connection's may be closed, and its number reused, before that.
    let watched = try System.duplicate(descriptor)
    let reader = DispatchSource.makeReadSource(fileDescriptor: watched, queue: queue)
    let writer = DispatchSource.makeWriteSource(fileDescriptor: watched, queue: queue)
    let registration = Registration(reader: reader, writer: writer)
    let isCurrent = { [weak self, weak registration] in
      registration != nil && self?.registrations[descriptor] === registration
    }
    reader.setEventHandler { if isCurrent() { handler.ready(.readable) } }
    writer.setEventHandler { if isCurrent() { handler.ready(.writable) } }
    let ends = DispatchGroup()
    ends.enter()
    ends.enter()
    reader.setCancelHandler { ends.leave() }
    writer.setCancelHandler { ends.leave() }
    ends.notify(queue: queue) { System.close(watched) }
    registrations[descriptor] = registration
    registration.set(interest)
  }

  func update(_ descriptor: Int32, interest: Interest) {
    registrations[descriptor]?.set(interest)
  }

  func deregister(_ descriptor: Int32) {
    registrations.removeValue(forKey: descriptor)?.cancel()
  }

  func stop() {
    queue.async {
      for registration in self.registrations.values { registration.cancel() }
      self.registrations = [:]
    }
  }
}
