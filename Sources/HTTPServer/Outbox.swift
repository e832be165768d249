/// The responses of one round of a loop, which are written one after the other when it ends.
///
/// Written one by one as they are made they would take 6 to 7 % longer: the system's way to the peer is
/// long, and what makes a response and what sends it would drive each other out of the processor's
/// caches. (Reading a whole round before it is handled makes no difference.)
///
/// `@unchecked Sendable`: everything is touched on the loop alone. `@exclusivity(unchecked)`: as in
/// ``Connection``.
final class Outbox: @unchecked Sendable {
  private struct Entry {
    let connection: Connection
    let range: Range<Int>
    let observer: (any ResponseObserver)?
  }

  /// How many bytes make it full.
  private static let enough = 256 * 1024

  @exclusivity(unchecked) private var bytes: [UInt8] = []
  @exclusivity(unchecked) private var entries: [Entry] = []
  /// The first entry that isn't written yet.
  @exclusivity(unchecked) private var next = 0
  private var isFlushing = false

  /// Whether there is room for a short response, if need be after a flush. There is none when a flush is
  /// under way and its clients have pipelined much: what they are answered is to be written at once, for
  /// nothing may grow as they like.
  func makesRoom() -> Bool {
    if bytes.count >= Self.enough { flush() }
    return bytes.count < Self.enough
  }

  /// Adds a response, for which there is room.
  ///
  /// - Parameters:
  ///   - observer: Who is told how it fares.
  ///   - write: Appends it.
  func add(
    _ connection: Connection, observer: (any ResponseObserver)?,
    _ write: (inout [UInt8]) -> Void
  ) {
    let start = bytes.count
    write(&bytes)
    entries.append(
      Entry(connection: connection, range: start..<bytes.count, observer: observer))
  }

  /// Writes what was added, and what is added meanwhile.
  ///
  /// - Returns: Whether there was something.
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
      // Before what follows, which may add to it.
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
