/// A value that can be kept as bytes.
protocol Packable: Sendable {
  /// What several packed values share instead of having it each for themselves.
  associatedtype Shares: PackedSharing

  func pack(to writer: inout PackedWriter, sharing shares: inout Shares)
  static func unpack(_ reader: inout PackedReader, sharing shares: Shares) -> Self
}

protocol PackedSharing: Sendable {
  init()
}

/// Where one of many values is of which most are packed, as one number.
enum PackedPlace {
  /// As it is, in a ``SlotStore``.
  case present(Int)
  /// In a ``PackedStore``.
  case putAway(UInt32)

  private static let putAwayBit = UInt32(1) << 31

  init(code: UInt32) {
    self =
      code & Self.putAwayBit == 0 ? .present(Int(code)) : .putAway(code & ~Self.putAwayBit)
  }

  var code: UInt32 {
    switch self {
    case .present(let number): UInt32(number)
    case .putAway(let number): number | Self.putAwayBit
    }
  }
}

/// Values as bytes, each by a number that is its place. A pure value.
///
/// They stand in segments of some kilobytes, so that neither growth nor a copy of the value moves
/// more than one of these at a time.
struct PackedStore<Value: Packable>: Sendable {
  private struct Segment: Sendable {
    /// A full one takes no more values.
    static var mostValues: Int { 256 }
    static var mostBytes: Int { 16_384 }

    /// Where a value's bytes are; none of a value that was removed.
    struct Span: Sendable {
      var start: UInt32 = 0
      var count: UInt32 = 0

      var range: Range<Int> { Int(start)..<Int(start + count) }
    }

    var bytes: [UInt8] = []
    var spans: [Span] = []
    var shares = Value.Shares()
    /// How many values it has, and how many bytes are theirs.
    var values = 0
    var bytesInUse = 0

    var isFull: Bool { spans.count >= Self.mostValues || bytes.count >= Self.mostBytes }

    func read<Result>(
      _ place: Int, _ body: (inout PackedReader, Value.Shares) -> Result
    ) -> Result {
      bytes.withUnsafeBytes { bytes in
        var reader = PackedReader(bytes, from: Int(spans[place].start))
        return body(&reader, shares)
      }
    }

    mutating func write(_ value: Value, at place: Int) {
      var writer = PackedWriter(capacity: 256)
      value.pack(to: &writer, sharing: &shares)
      let (before, count) = (spans[place], writer.bytes.count)
      if before.count == count {
        bytes.replaceSubrange(before.range, with: writer.bytes)
        return
      }
      free(place)
      values += 1
      bytesInUse += count
      spans[place] = Span(start: UInt32(bytes.count), count: UInt32(count))
      bytes.append(contentsOf: writer.bytes)
    }

    mutating func free(_ place: Int) {
      guard spans[place].count > 0 else { return }
      values -= 1
      bytesInUse -= Int(spans[place].count)
      spans[place] = Span()
    }

    /// Gives back the memory that no value needs.
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
  /// The segment that takes the next value.
  private var open: Int?
  private(set) var count = 0

  private static func segment(_ number: UInt32) -> Int { Int(number >> 8) }
  private static func place(_ number: UInt32) -> Int { Int(number & 0xFF) }

  /// Adds a value.
  ///
  /// - Returns: Its number, below 2^31.
  mutating func insert(_ value: Value) -> UInt32 {
    let number = open ?? segments.insert(Segment())
    open = number
    count += 1
    return segments.change(number) { segment in
      let place = segment.spans.count
      segment.spans.append(Segment.Span())
      segment.write(value, at: place)
      if segment.isFull {
        segment.compact()
        open = nil
      }
      return UInt32(number) << 8 | UInt32(place)
    }
  }

  subscript(number: UInt32) -> Value { read(number) { Value.unpack(&$0, sharing: $1) } }

  /// Reads a part of a value.
  func read<Result>(
    _ number: UInt32, _ body: (inout PackedReader, Value.Shares) -> Result
  ) -> Result {
    segments.read(Self.segment(number)) { $0.read(Self.place(number), body) }
  }

  mutating func replace(_ number: UInt32, _ value: Value) {
    segments.change(Self.segment(number)) { segment in
      segment.write(value, at: Self.place(number))
      if segment.bytes.count > 2 * segment.bytesInUse + 4096 { segment.compact() }
    }
  }

  mutating func remove(_ number: UInt32) {
    let place = Self.segment(number)
    count -= 1
    let isEmpty = segments.change(place) { segment in
      segment.free(Self.place(number))
      if segment.bytes.count > 2 * segment.bytesInUse + 4096 { segment.compact() }
      return segment.values == 0
    }
    guard isEmpty else { return }
    segments.remove(place)
    if open == place { open = nil }
  }

  /// The numbers of all values.
  var numbers: [UInt32] { numbers { _ in true } }

  /// The numbers of the values in those segments whose shares fulfil a condition.
  func numbers(where holds: (Value.Shares) -> Bool) -> [UInt32] {
    segments.numbers.flatMap { number in
      segments.read(number) { segment in
        guard holds(segment.shares) else { return [UInt32]() }
        return segment.spans.indices.compactMap { place in
          segment.spans[place].count == 0 ? nil : UInt32(number << 8 | place)
        }
      }
    }
  }

  /// Changes the shares that fulfil a condition.
  mutating func changeShares(
    where holds: (Value.Shares) -> Bool, _ change: (inout Value.Shares) -> Void
  ) {
    for number in segments.numbers where segments.read(number, { holds($0.shares) }) {
      segments.change(number) { change(&$0.shares) }
    }
  }

  /// The values, counted one by one.
  var counted: Int {
    segments.numbers.reduce(0) { sum, number in
      sum + segments.read(number) { $0.spans.count { $0.count > 0 } }
    }
  }
}
