/// The responses of one round of a loop, which are written one after the other when it ends.
///
/// Writing each response as soon as it is made takes 6 to 7 % longer: a write runs through much
/// code of the kernel, which displaces the code that makes responses from the processor's caches,
/// and the other way round. (Reading a whole round before handling it makes no difference.)
///
/// `@unchecked Sendable`: everything is touched on the loop alone. `@exclusivity(unchecked)`: as in
/// ``Connection``.
final class Outbox: @unchecked Sendable {
  private struct Entry {
    let connection: Connection
    let range: Range<Int>
    let observer: (any ResponseObserver)?
  }

  /// The number of bytes at which it counts as full.
  private static let enough = 256 * 1024

  @exclusivity(unchecked) private var bytes: [UInt8] = []
  @exclusivity(unchecked) private var entries: [Entry] = []
  /// The first entry that isn't written yet.
  @exclusivity(unchecked) private var next = 0
  private var isFlushing = false

  /// Whether there is room for a short response, after a flush if necessary. There is no room
  /// during a flush that pipelined requests have filled again; their responses are then written at
  /// once, because no client may make the outbox grow without bound.
  func makesRoom() -> Bool {
    if bytes.count >= Self.enough { flush() }
    return bytes.count < Self.enough
  }

  /// Adds a response, for which there is room.
  ///
  /// - Parameters:
  ///   - observer: Is told about the response's progress.
  ///   - write: Appends the response.
  func add(
    _ connection: Connection, observer: (any ResponseObserver)?,
    _ write: (inout [UInt8]) -> Void
  ) {
    let start = bytes.count
    write(&bytes)
    entries.append(
      Entry(connection: connection, range: start..<bytes.count, observer: observer))
  }

  /// Writes the responses in it, and those that are added meanwhile.
  ///
  /// - Returns: Whether there were any.
  @discardableResult
  func flush() -> Bool {
    guard !entries.isEmpty, !isFlushing else { return false }
    isFlushing = true
    while next < entries.count {
      let entry = entries[next]
      next += 1
      let progress = bytes.withUnsafeBytes {
        entry.connection.write(
          UnsafeRawBufferPointer(rebasing: $0[entry.range]), .response, nil)
      }
      // The list is cleared before the next call, which may add to it.
      if next == entries.count { clear() }
      entry.connection.follow(progress, .response, nil)
      entry.observer?.didAttemptWrite()
    }
    isFlushing = false
    return true
  }

  private func clear() {
    next = 0
    entries.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
  }
}
