import Platform
@testable import HTTPServer

/// Puts what became of a descriptor into a mailbox, and reads what there is.
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
    // What can't be read any more is not watched any more: a level-triggered loop would call for
    // ever.
    let result = bytes.withUnsafeMutableBytes { System.receive(descriptor, into: $0) }
    if readiness.contains(.writable) || result == .endOfStream {
      loop.update(descriptor, interest: [])
    }
    // Last: who hears of it may send at once what the reading above would take along.
    reports.put(readiness)
  }
}
