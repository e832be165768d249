/// Decodes a chunked body piece by piece (RFC 9112, section 7.1). A pure value.
struct ChunkedBody {
  private enum State {
    /// Reading a chunk's size line.
    case size
    /// That many bytes of the chunk are still to come.
    case data(Int)
    /// The line end after a chunk's data.
    case dataEnd
    case trailers(count: Int, bytes: Int)
    case complete
  }

  /// The longest line of a chunk size with its extensions, in bytes.
  private static let longestSizeLine = 1024

  private let limits: HTTPLimits
  private let path: String?
  private var state = State.size
  private var extensionBytes = 0
  /// How much of the input has already been searched for the end of a line, without finding it.
  private var searched = 0
  /// The bytes decoded so far.
  private(set) var body: [UInt8] = []

  /// - Parameter path: The request's.
  init(limits: HTTPLimits, path: String? = nil) { (self.limits, self.path) = (limits, path) }

  var isComplete: Bool {
    if case .complete = state { true } else { false }
  }

  /// Decodes as much of the input as is complete.
  ///
  /// - Returns: How many bytes were used; fewer than given when the rest of a line is missing or
  ///   the body is complete.
  mutating func consume(_ input: UnsafeBufferPointer<UInt8>) throws(RequestError) -> Int {
    var position = 0
    while true {
      let rest = UnsafeBufferPointer(rebasing: input[position...])
      switch state {
      case .size:
        guard let line = try line(rest, limit: Self.longestSizeLine) else { return position }
        let size = try chunkSize(line)
        position += line.count + 2
        guard size <= limits.body - body.count else { throw .tooLarge(path) }
        state = size == 0 ? .trailers(count: 0, bytes: 0) : .data(size)
      case .data(let missing):
        let count = min(missing, rest.count)
        body.append(contentsOf: rest[..<count])
        position += count
        guard count == missing else {
          state = .data(missing - count)
          return position
        }
        state = .dataEnd
      case .dataEnd:
        guard rest.count >= 2 else {
          if let first = rest.first, first != 13 { throw Self.badDataEnd }
          return position
        }
        guard rest[0] == 13, rest[1] == 10 else { throw Self.badDataEnd }
        position += 2
        state = .size
      case .trailers(let count, let bytes):
        guard let line = try line(rest, limit: limits.head) else { return position }
        position += line.count + 2
        guard !line.isEmpty else {
          state = .complete
          return position
        }
        guard bytes + line.count <= limits.head, count < limits.fields else {
          throw RequestError(431, "The trailers are too large.")
        }
        let whole = UnsafeBufferPointer(rebasing: rest[..<(line.count + 2)])
        try RequestHeadParser(limits: limits, role: .server).fieldLines(whole) {
          (_, _) throws(RequestError) in
        }
        state = .trailers(count: count + 1, bytes: bytes + line.count)
      case .complete:
        return position
      }
    }
  }

  private static let badDataEnd = RequestError.malformed("A chunk is longer than its size says.")

  /// The bytes before the next CR LF, or nil when they are not all there.
  private mutating func line(
    _ input: UnsafeBufferPointer<UInt8>, limit: Int
  ) throws(RequestError) -> UnsafeBufferPointer<UInt8>? {
    let bound = min(input.count, limit + 1)
    for index in searched..<max(searched, bound) where input[index] == 10 || input[index] == 13 {
      guard input[index] == 13 else {
        throw .malformed("A line of the chunked body ends in bare LF.")
      }
      guard index + 1 < input.count else {
        searched = index
        return nil
      }
      guard input[index + 1] == 10 else { throw .malformed("A bare CR in the chunked body.") }
      searched = 0
      return UnsafeBufferPointer(rebasing: input[..<index])
    }
    guard input.count <= limit else { throw .malformed("A line of the chunked body is too long.") }
    searched = bound
    return nil
  }

  private mutating func chunkSize(_ line: UnsafeBufferPointer<UInt8>) throws(RequestError) -> Int {
    var size = 0
    var index = 0
    while index < line.count, let digit = Self.hexadecimal(line[index]) {
      // A size this large exceeds every limit, however many digits follow.
      size = size > Int.max >> 5 ? Int.max : size << 4 | digit
      index += 1
    }
    guard index > 0 else { throw .malformed("A chunk has no size.") }
    while index < line.count, isOptionalSpace(line[index]) { index += 1 }
    guard index < line.count else {
      guard !isOptionalSpace(line[line.count - 1]) else {
        throw .malformed("A chunk size is followed by white space.")
      }
      return size
    }
    guard line[index] == UInt8(ascii: ";") else {
      throw .malformed("A chunk size is not a hexadecimal number.")
    }
    guard Self.areExtensions(UnsafeBufferPointer(rebasing: line[index...])) else {
      throw .malformed("A chunk extension has no name, or its value is malformed.")
    }
    extensionBytes += line.count - index
    guard extensionBytes <= limits.head else {
      throw RequestError(431, "The chunk extensions are too large.")
    }
    return size
  }

  /// Whether a text is extensions: each a semicolon, a name, and maybe an equals sign with a token
  /// or a quoted string, with white space around the signs (RFC 9112, section 7.1.1).
  private static func areExtensions(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var index = 0
    func skipSpace() { while index < text.count, isOptionalSpace(text[index]) { index += 1 } }
    func skipToken() -> Bool {
      let start = index
      while index < text.count, Token.contains(text[index]) { index += 1 }
      return index > start
    }
    func skipString() -> Bool {
      index += 1
      while index < text.count, text[index] != UInt8(ascii: "\"") {
        if text[index] == UInt8(ascii: "\\") { index += 1 }
        guard index < text.count, HTTPFields.isAllowedInValue(text[index]) else { return false }
        index += 1
      }
      index += 1
      return index <= text.count
    }
    while index < text.count {
      guard text[index] == UInt8(ascii: ";") else { return false }
      index += 1
      skipSpace()
      guard skipToken() else { return false }
      var end = index
      skipSpace()
      if index < text.count, text[index] == UInt8(ascii: "=") {
        index += 1
        skipSpace()
        let isString = index < text.count && text[index] == UInt8(ascii: "\"")
        guard isString ? skipString() : skipToken() else { return false }
        end = index
        skipSpace()
      }
      // White space at the very end belongs to nothing.
      if index == text.count { return end == index }
    }
    return true
  }

  private static func hexadecimal(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 0x30
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte) - 0x57
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte) - 0x37
    default: nil
    }
  }
}
