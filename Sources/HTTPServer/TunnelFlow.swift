/// One direction of a tunnel, as a value: what its source has sent and its target hasn't taken.
///
/// A source is read only when nothing waits, so that at most one read's worth of bytes is kept,
/// and a target that doesn't read stops the source, as it would without the tunnel.
struct TunnelFlow {
  /// How a source has ended.
  enum End {
    /// It sends no more, and the target is to be told so.
    case finished
    /// Its connection is broken: once the target has what was received, it is reset.
    case broken
  }

  /// Bytes that the target hasn't taken; those before `sent` have been.
  private var kept: [UInt8]
  private var sent = 0
  private(set) var end: End?
  /// Whether the target was told of the end, or is gone.
  private(set) var isOver = false

  /// - Parameter first: What is to reach the target before anything of the source.
  init(_ first: [UInt8] = []) { kept = first }

  /// Whether the source is to be read.
  var wantsBytes: Bool { end == nil && kept.isEmpty && !isOver }

  /// The bytes that wait for the target.
  var waiting: ArraySlice<UInt8> { kept[sent...] }

  /// Keeps what the target didn't take of a read.
  mutating func keep(_ bytes: UnsafeRawBufferPointer) { kept.append(contentsOf: bytes) }

  /// The target has taken some of the bytes that waited.
  mutating func advance(_ count: Int) {
    sent += count
    guard sent == kept.count else { return }
    kept = []
    sent = 0
  }

  /// The source has ended; the first way in which it did counts, unless it breaks later.
  mutating func ended(_ end: End) { if self.end != .broken { self.end = end } }

  /// The target is gone, and nothing reaches it any more.
  mutating func dropTarget() {
    kept = []
    sent = 0
    isOver = true
  }

  /// Whether the source has finished and all of it is with the target, which is to be told now.
  /// True once.
  mutating func takesEnd() -> Bool {
    guard end == .finished, kept.isEmpty, !isOver else { return false }
    isOver = true
    return true
  }

  /// Whether the target has all that a broken source has sent.
  var isCut: Bool { end == .broken && kept.isEmpty }
}
