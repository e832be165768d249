import Platform
@testable import HTTPServer

/// Puts the events of a descriptor into a mailbox, and reads the received bytes.
final class Watcher: ReadinessHandler {
  private let descriptor: Int32
  private let loop: any EventLoop
  let reports = Mailbox<Readiness>()

  init(_ descriptor: Int32, on loop: any EventLoop) {
    self.descriptor = descriptor
    self.loop = loop
  }

  func ready(_ readiness: Readiness) {
    precondition(loop.isCurrent)
    var bytes = [UInt8](repeating: 0, count: 16)
    // When nothing more can be read, the watch ends, because a level-triggered loop would call
    // without end.
    let result = bytes.withUnsafeMutableBytes { System.receive(descriptor, into: $0) }
    if readiness.contains(.writable) || result == .endOfStream {
      loop.update(descriptor, interest: [])
    }
    // This comes last, because a test that receives it may send at once, and the bytes would be
    // read above.
    reports.put(readiness)
  }
}
