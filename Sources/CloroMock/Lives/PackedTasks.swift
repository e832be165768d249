import Simulation

/// Finished tasks as bytes, each by a number that is its place. A pure value.
///
/// They stand in segments of some kilobytes, so that neither growth nor a copy of the value moves
/// more than one of these at a time.
struct PackedTasks: Sendable {
  private struct Segment: Sendable {
    /// A full one takes no more tasks.
    static let (mostTasks, mostBytes) = (256, 16_384)

    /// Where a task's bytes are; none of a task that was removed.
    struct Span: Sendable {
      var start: UInt32 = 0
      var count: UInt32 = 0

      var range: Range<Int> { Int(start)..<Int(start + count) }
    }

    var bytes: [UInt8] = []
    var spans: [Span] = []
    var shares = PackedShares()
    /// How many tasks it has, and how many bytes are theirs.
    var (tasks, bytesInUse) = (0, 0)
    var isFull: Bool { spans.count >= Self.mostTasks || bytes.count >= Self.mostBytes }

    func read<Result>(
      _ place: Int, _ body: (inout PackedReader, PackedShares) -> Result
    ) -> Result {
      bytes.withUnsafeBytes { bytes in
        var reader = PackedReader(bytes, from: Int(spans[place].start))
        return body(&reader, shares)
      }
    }

    mutating func write(_ task: TaskRecord, _ end: TaskLife.End, at place: Int) {
      var writer = PackedWriter(capacity: 256)
      PackedTask.write(task, end, to: &writer, sharing: &shares)
      let (before, count) = (spans[place], writer.bytes.count)
      if before.count == count {
        bytes.replaceSubrange(before.range, with: writer.bytes)
        return
      }
      free(place)
      tasks += 1
      bytesInUse += count
      spans[place] = Span(start: UInt32(bytes.count), count: UInt32(count))
      bytes.append(contentsOf: writer.bytes)
    }

    mutating func free(_ place: Int) {
      guard spans[place].count > 0 else { return }
      tasks -= 1
      bytesInUse -= Int(spans[place].count)
      spans[place] = Span()
    }

    /// Gives back the memory that no task needs.
    mutating func compact() {
      var kept: [UInt8] = []
      kept.reserveCapacity(bytesInUse)
      for place in spans.indices where spans[place].count > 0 {
        let range = spans[place].range
        spans[place].start = UInt32(kept.count)
        kept += bytes[range]
      }
      bytes = kept
    }
  }

  private var segments = SlotStore<Segment>()
  /// The segment that takes the next task.
  private var open: Int?
  private(set) var count = 0

  private static func segment(_ number: UInt32) -> Int { Int(number >> 8) }
  private static func place(_ number: UInt32) -> Int { Int(number & 0xFF) }

  /// Adds a task that has ended.
  ///
  /// - Returns: Its number, below 2^31.
  mutating func insert(_ task: TaskRecord, _ end: TaskLife.End) -> UInt32 {
    let number = open ?? segments.insert(Segment())
    open = number
    count += 1
    return segments.change(number) { segment in
      let place = segment.spans.count
      segment.spans.append(Segment.Span())
      segment.write(task, end, at: place)
      if segment.isFull {
        segment.compact()
        open = nil
      }
      return UInt32(number) << 8 | UInt32(place)
    }
  }

  func task(_ number: UInt32) -> TaskRecord {
    read(number) { PackedTask.read(&$0, sharing: $1) }
  }

  func id(_ number: UInt32) -> Identifier { read(number) { reader, _ in PackedTask.id(&reader) } }

  func hasIdempotencyKey(_ key: [UInt8], _ number: UInt32) -> Bool {
    read(number) { reader, _ in PackedTask.hasIdempotencyKey(key, &reader) }
  }

  private func read<Result>(
    _ number: UInt32, _ body: (inout PackedReader, PackedShares) -> Result
  ) -> Result {
    segments.read(Self.segment(number)) { $0.read(Self.place(number), body) }
  }

  /// Replaces a task.
  mutating func replace(_ number: UInt32, _ task: TaskRecord, _ end: TaskLife.End) {
    segments.change(Self.segment(number)) { segment in
      segment.write(task, end, at: Self.place(number))
      if segment.bytes.count > 2 * segment.bytesInUse + 4096 { segment.compact() }
    }
  }

  mutating func remove(_ number: UInt32) {
    let place = Self.segment(number)
    count -= 1
    let isEmpty = segments.change(place) { segment in
      segment.free(Self.place(number))
      if segment.bytes.count > 2 * segment.bytesInUse + 4096 { segment.compact() }
      return segment.tasks == 0
    }
    guard isEmpty else { return }
    segments.remove(place)
    if open == place { open = nil }
  }

  /// The numbers of all tasks.
  var numbers: [UInt32] {
    segments.numbers.flatMap { number in
      segments.read(number) { segment in
        segment.spans.indices.compactMap { place in
          segment.spans[place].count > 0 ? UInt32(number) << 8 | UInt32(place) : nil
        }
      }
    }
  }

  /// The tasks, counted one by one.
  var counted: Int {
    segments.numbers.reduce(0) { sum, number in
      sum + segments.read(number) { $0.spans.count { $0.count > 0 } }
    }
  }
}
