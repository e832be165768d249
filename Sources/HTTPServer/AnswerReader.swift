/// Reads an answer as far as a client needs it that only asks for the status: the status, and where
/// the answer ends, so that the connection can carry another request. A pure value.
///
/// The status is found leniently, because receivers answer as they like. The end is believed only
/// where nothing is odd: an answer of HTTP/1.1 that doesn't announce the connection's end, and that
/// says in one way how long its body is.
struct AnswerReader {
  private enum State {
    /// Reading the status line.
    case start
    /// Reading field lines.
    case fields
    /// That many bytes of the body are still to come.
    case length(Int)
    case chunks(ChunkedBody)
    /// Everything has arrived, and nothing else.
    case whole
    /// More has arrived than the answer.
    case exceeded
    /// Where the answer ends is not known.
    case endless
    /// This is no answer.
    case malformed
  }

  /// The longest body of an answer after which a connection is kept, in bytes.
  static let longestBody = 64 * 1024
  private static let chunkLimits: HTTPLimits = {
    var limits = HTTPLimits()
    limits.body = longestBody
    limits.head = longestBody
    return limits
  }()

  private var state = State.start
  /// The line, or the part of a chunked body, whose rest is missing.
  private var held: [UInt8] = []
  private var meaning = AnswerMeaning()
  /// The status of the final answer; nil as long as it isn't there. Interim answers are skipped.
  private(set) var status: Int?

  /// Whether what has arrived is not HTTP.
  var isMalformed: Bool { if case .malformed = state { true } else { false } }

  /// Whether the final answer has arrived to its end, and the connection could carry another
  /// request.
  var isWhole: Bool { if case .whole = state { true } else { false } }

  /// Whether the final answer has arrived to its end, and maybe more than that.
  var hasEnded: Bool { if case .exceeded = state { true } else { isWhole } }

  /// Reads the next bytes.
  mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) {
    switch state {
    case .exceeded, .endless, .malformed: return
    case .start, .fields, .chunks:
      guard held.isEmpty else {
        let searched = held.count
        held.append(contentsOf: bytes)
        let all = held
        held = []
        return all.withUnsafeBufferPointer { read($0, searched: searched) }
      }
    case .length, .whole: break
    }
    read(bytes, searched: 0)
  }

  /// - Parameter searched: How many bytes are known to have no line's end.
  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, searched: Int) {
    var position = 0
    var searched = searched
    while true {
      switch state {
      case .start, .fields:
        let end = bytes.index(of: 10, from: max(position, searched))
        searched = 0
        guard end < bytes.count else {
          held.append(contentsOf: bytes[position...])
          return
        }
        let line = UnsafeBufferPointer(rebasing: bytes[position..<end])
        position = end + 1
        if case .start = state { takeStatusLine(line) } else { takeFieldLine(line) }
      case .length(let missing):
        let count = bytes.count - position
        state = count > missing ? .exceeded : count == missing ? .whole : .length(missing - count)
        return
      case .chunks(var body):
        // Let go of, so that the value isn't copied while it changes.
        state = .endless
        guard let count = try? body.consume(UnsafeBufferPointer(rebasing: bytes[position...]))
        else { return }
        position += count
        if body.isComplete {
          state = position == bytes.count ? .whole : .exceeded
        } else {
          state = .chunks(body)
          held.append(contentsOf: bytes[position...])
        }
        return
      case .whole:
        if position < bytes.count { state = .exceeded }
        return
      case .exceeded, .endless, .malformed: return
      }
    }
  }

  private mutating func takeStatusLine(_ line: UnsafeBufferPointer<UInt8>) {
    guard let start = AnswerMeaning.StatusLine(line) else {
      state = .malformed
      return
    }
    meaning = AnswerMeaning()
    if !start.isStrict { meaning.isOdd = true }
    if start.status >= 200 { status = start.status }
    state = .fields
  }

  private mutating func takeFieldLine(_ line: UnsafeBufferPointer<UInt8>) {
    guard line.last == 13 else {
      // A line that ends in bare LF.
      meaning.isOdd = true
      if line.isEmpty { endHead() }
      return
    }
    guard line.count > 1 else { return endHead() }
    meaning.take(UnsafeBufferPointer(rebasing: line[..<(line.count - 1)]))
  }

  private mutating func endHead() {
    guard let status else {
      state = .start
      return
    }
    switch meaning.body(ofStatus: status) {
    case .length(0): state = .whole
    case .length(let count) where count <= Self.longestBody: state = .length(count)
    case .chunked: state = .chunks(ChunkedBody(limits: Self.chunkLimits))
    case .length, nil: state = .endless
    }
  }
}

/// What the head of an answer says about its end. A pure value.
struct AnswerMeaning {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  /// How an answer ends.
  enum Body: Equatable {
    /// After so many bytes.
    case length(Int)
    case chunked
  }

  /// The first line of an answer.
  struct StatusLine {
    let status: Int
    /// Whether it is exactly one of HTTP/1.1.
    let isStrict: Bool

    /// - Parameter line: Without its LF.
    /// - Returns: nil for what is no status line.
    init?(_ line: Bytes) {
      var index = Self.skip(line, from: 0)
      guard Bytes(rebasing: line[index...]).starts(with: "HTTP/") else { return nil }
      let start = index
      while index < line.count, !Self.separates(line[index]) { index += 1 }
      let version = Bytes(rebasing: line[start..<index])
      index = Self.skip(line, from: index)
      let first = index
      var status = 0
      while index < line.count, !Self.separates(line[index]) {
        guard line[index] &- 0x30 < 10, status < 1000 else { return nil }
        status = 10 * status + Int(line[index] - 0x30)
        index += 1
      }
      guard 100...599 ~= status else { return nil }
      self.status = status
      isStrict =
        start == 0 && version.count == 8 && version.starts(with: "HTTP/1.1") && first == 9
        && index == 12 && line.last == 13
    }

    private static func separates(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 13 }

    private static func skip(_ line: Bytes, from start: Int) -> Int {
      var index = start
      while index < line.count, separates(line[index]) { index += 1 }
      return index
    }
  }

  /// Whether anything makes the end doubtful, or the connection ends with the answer.
  var isOdd = false
  private var length: Int?
  private var isChunked = false

  /// - Parameter line: A field line without CR and LF.
  mutating func take(_ line: Bytes) {
    var nameEnd = 0
    while nameEnd < line.count, Token.contains(line[nameEnd]) { nameEnd += 1 }
    guard nameEnd > 0, nameEnd < line.count, line[nameEnd] == UInt8(ascii: ":") else {
      isOdd = true
      return
    }
    let name = Bytes(rebasing: line[..<nameEnd])
    switch nameEnd {
    case 10 where Self.equals(name, "connection"):
      if !Self.equals(Self.value(line, nameEnd), "keep-alive") { isOdd = true }
    case 14 where Self.equals(name, "content-length"):
      let count = Self.decimal(Self.value(line, nameEnd))
      if count == nil || length != nil { isOdd = true }
      length = count
    case 17 where Self.equals(name, "transfer-encoding"):
      if isChunked || !Self.equals(Self.value(line, nameEnd), "chunked") { isOdd = true }
      isChunked = true
    default: break
    }
  }

  /// How the answer ends; nil when that is unknown, or only the connection's end tells.
  func body(ofStatus status: Int) -> Body? {
    guard !isOdd, !isChunked || length == nil else { return nil }
    guard status != 204, status != 304 else {
      // One that has a body nevertheless must not be taken for the next answer.
      return isChunked || length ?? 0 > 0 ? nil : .length(0)
    }
    return isChunked ? .chunked : length.map { .length($0) }
  }

  private static func value(_ line: Bytes, _ nameEnd: Int) -> Bytes {
    var (first, last) = (nameEnd + 1, line.count)
    while first < last, isOptionalSpace(line[first]) { first += 1 }
    while last > first, isOptionalSpace(line[last - 1]) { last -= 1 }
    return Bytes(rebasing: line[first..<last])
  }

  /// - Returns: nil for anything but a number of at most 9 digits.
  private static func decimal(_ value: Bytes) -> Int? {
    guard 1...9 ~= value.count, value.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
    return value.reduce(0) { 10 * $0 + Int($1 - 0x30) }
  }

  /// - Parameter text: In lower case.
  private static func equals(_ bytes: Bytes, _ text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    for index in 0..<bytes.count where lowercased(bytes[index]) != text.utf8Start[index] {
      return false
    }
    return true
  }
}
