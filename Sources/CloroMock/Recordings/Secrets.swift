import Bytes
import JSON

/// What must never stand in a recording. Pure: texts in, whether one of them is found out.
///
/// Whatever has the form of a key of cloro's is one, whoever's it is. Other secrets are found
/// as they are, in hexadecimal digits and in Base64, and under any escapes of JSON, of addresses
/// and of HTML, also where one lies within another. Only short ones must be in their own case.
struct Secrets: Sendable {
  /// Shorter ones would be found by chance.
  private static let shortest = TextFinder.shortest
  /// From this length on, in bytes, a secret is found in capitals and small letters alike.
  private static let longEnough = 12
  /// How many escapes may lie within each other. [chosen]
  private static let mostEscapes = 4
  private static let keys = ["sk_live_", "sk_test_"].map { Array($0.utf8) }

  /// What is looked for in small letters.
  private var folded = TextFinder()
  /// What is looked for as it is, but for the two alphabets of Base64.
  private var exact = TextFinder()

  /// Whether whatever has the form of a key is a secret.
  private let findsKeys: Bool

  /// - Parameter findsKeys: False looks for nothing but these texts.
  init(_ texts: [String] = [], findsKeys: Bool = true) {
    self.findsKeys = findsKeys
    if findsKeys {
      for key in Self.keys {
        addBase64(of: key)
        folded.mark(key)
      }
    }
    for text in texts { add(text) }
  }

  mutating func add(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= Self.shortest else { return }
    var escaped: [UInt8] = []
    JSON.writeContent(of: text, to: &escaped)
    for form in [bytes, escaped, Array(PercentEncoding.text(of: text).utf8)] {
      addPlain(form)
      // What looks like an escape in the secret itself is taken for one in a text.
      var plainer = form
      for _ in 0..<Self.mostEscapes {
        guard let next = Unescaping.once(plainer), next.count >= Self.shortest else { break }
        addPlain(next)
        plainer = next
      }
    }
    folded.add(Array(Hexadecimal.text(of: bytes).utf8))
    addBase64(of: bytes)
  }

  private mutating func addPlain(_ bytes: [UInt8]) {
    if bytes.count >= Self.longEnough {
      folded.add(bytes.map(\.inLowercase))
    } else {
      exact.add(bytes.map(\.inOneBase64))
    }
  }

  /// Its characters depend on what stands before and after it at both ends.
  private mutating func addBase64(of bytes: [UInt8]) {
    for shift in 0..<3 {
      let encoded = Array(Base64.text(of: Array(repeating: 0, count: shift) + bytes).utf8)
      let certain = (shift * 8 + 5) / 6..<(shift + bytes.count) * 8 / 6
      if certain.count >= Self.shortest { exact.add(encoded[certain].map(\.inOneBase64)) }
    }
  }

  /// The texts in a message's header fields that may let somebody in: tokens, keys and cookies, by
  /// the fields' names.
  ///
  /// - Parameter withIdentifiers: Whether identifiers are such texts too.
  static func credentials(
    in fields: [(name: String, value: String)], withIdentifiers: Bool
  ) -> [String] {
    let words = ["auth", "token", "key", "secret", "session"]
    return fields.flatMap { name, value -> [Substring] in
      let name = name.lowercased()
      if name.hasSuffix("cookie") {
        let pairs = value.split(separator: ";")
        // What else a `Set-Cookie` says belongs to the cookie.
        return (name == "cookie" ? pairs : Array(pairs.prefix(1))).map { pair in
          pair.drop { $0 != "=" }.dropFirst()
        }
      }
      guard words.contains(where: name.contains) || withIdentifiers && name.hasSuffix("-id") else {
        return []
      }
      return value.split(separator: " ").suffix(1)
    }.map { text in
      let isEdge = { (letter: Character) in "\" \t".contains(letter) }
      return String(text.drop(while: isEdge).reversed().drop(while: isEdge).reversed())
    }
  }

  /// Whether one of them stands in a text, or in what it says without its escapes.
  func areIn(_ text: [UInt8]) -> Bool {
    var text = text
    for _ in 0..<Self.mostEscapes {
      if found(in: text) { return true }
      guard let plainer = Unescaping.once(text) else { return false }
      text = plainer
    }
    return found(in: text)
  }

  /// One pass over the text: answers have megabytes.
  private func found(in text: [UInt8]) -> Bool {
    text.withUnsafeBufferPointer { text in
      var (small, plain): (UInt64, UInt64) = (0, 0)
      for index in 0..<text.count {
        let byte = text[index]
        small = TextFinder.next(small, byte.inLowercase)
        plain = TextFinder.next(plain, byte.inOneBase64)
        let start = index + 1 - Self.shortest
        guard start >= 0 else { continue }
        if folded.mayBegin(with: small),
          folded.isAny(at: start, in: text, beginning: small, \.inLowercase)
            || findsKeys && Self.isKey(at: start, in: text)
        {
          return true
        }
        if exact.mayBegin(with: plain),
          exact.isAny(at: start, in: text, beginning: plain, \.inOneBase64)
        {
          return true
        }
      }
      return false
    }
  }

  /// Whether something has the form of a key.
  private static func isKey(at start: Int, in text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard start + 40 <= text.count else { return false }
    let hasPrefix = keys.contains { key in
      key.indices.allSatisfy { text[start + $0].inLowercase == key[$0] }
    }
    return hasPrefix
      && (start + 8..<start + 40).allSatisfy { index in
        let byte = text[index]
        return 0x30...0x39 ~= byte || 0x61...0x66 ~= byte.inLowercase
      }
  }
}

extension UInt8 {
  fileprivate var inLowercase: UInt8 { 0x41...0x5A ~= self ? self | 0x20 : self }

  /// The character of Base64's first alphabet that one of its second stands for.
  fileprivate var inOneBase64: UInt8 {
    switch self {
    case UInt8(ascii: "-"): UInt8(ascii: "+")
    case UInt8(ascii: "_"): UInt8(ascii: "/")
    default: self
    }
  }
}

/// Finds any of many texts within another one, in a time that hardly depends on how many there are.
private struct TextFinder: Sendable {
  /// The fewest bytes of a text that is looked for.
  static let shortest = 6

  /// The texts by their first bytes.
  private var texts: [UInt64: [[UInt8]]] = [:]
  /// Whether there is one for a number that few first bytes have in common. Most places of a text
  /// are done with by this alone.
  private var marks = [Bool](repeating: false, count: 1 << 12)

  mutating func add(_ text: [UInt8]) {
    let beginning = mark(text)
    guard texts[beginning]?.contains(text) != true else { return }
    texts[beginning, default: []].append(text)
  }

  /// Notes that a text's beginning is to be looked at.
  @discardableResult
  mutating func mark(_ text: [UInt8]) -> UInt64 {
    let beginning = text.prefix(Self.shortest).reduce(0, Self.next)
    marks[Self.place(of: beginning)] = true
    return beginning
  }

  /// The last bytes of a text as a number, with one byte more.
  static func next(_ last: UInt64, _ byte: UInt8) -> UInt64 {
    (last << 8 | UInt64(byte)) & 0xFFFF_FFFF_FFFF
  }

  /// False when no text begins so.
  func mayBegin(with beginning: UInt64) -> Bool { marks[Self.place(of: beginning)] }

  /// Whether one of the texts stands at a place of another, each of whose bytes is read by `form`.
  func isAny(
    at start: Int, in text: UnsafeBufferPointer<UInt8>, beginning: UInt64,
    _ form: (UInt8) -> UInt8
  ) -> Bool {
    texts[beginning]?.contains { likely in
      start + likely.count <= text.count
        && likely.indices.allSatisfy { form(text[start + $0]) == likely[$0] }
    } ?? false
  }

  private static func place(of beginning: UInt64) -> Int {
    Int((beginning &* 0x9E37_79B9_7F4A_7C15) >> 52)
  }
}

/// Takes one layer of escapes off a text: JSON's, those of addresses and those of HTML. What is
/// none stays as it is.
private enum Unescaping {
  /// - Returns: nil when there is nothing to take off.
  static func once(_ text: [UInt8]) -> [UInt8]? {
    guard text.contains(where: { "\\%&".utf8.contains($0) }) else { return nil }
    var (output, index, hasAny): ([UInt8], Int, Bool) = ([], 0, false)
    output.reserveCapacity(text.count)
    while index < text.count {
      let byte = text[index]
      let read: (bytes: [UInt8], count: Int)? =
        switch byte {
        case UInt8(ascii: "\\"): ofJSON(text[index...])
        case UInt8(ascii: "%"):
          number(text[index...].dropFirst().prefix(2), 2, 16).map { ([UInt8($0)], 3) }
        case UInt8(ascii: "&"): ofHTML(text[index...])
        default: nil
        }
      if let read {
        output += read.bytes
        index += read.count
        hasAny = true
      } else {
        output.append(byte)
        index += 1
      }
    }
    return hasAny ? output : nil
  }

  private static func ofJSON(_ text: ArraySlice<UInt8>) -> ([UInt8], Int)? {
    guard let letter = text.dropFirst().first else { return nil }
    switch letter {
    case UInt8(ascii: "u"):
      guard let unit = number(text.dropFirst(2).prefix(4), 4, 16) else { return nil }
      if 0xD800..<0xDC00 ~= unit, text.dropFirst(6).starts(with: Array("\\u".utf8)),
        let low = number(text.dropFirst(8).prefix(4), 4, 16), 0xDC00..<0xE000 ~= low
      {
        return utf8(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)).map { ($0, 12) }
      }
      return utf8(unit).map { ($0, 6) }
    case UInt8(ascii: "n"): return ([0x0A], 2)
    case UInt8(ascii: "r"): return ([0x0D], 2)
    case UInt8(ascii: "t"): return ([0x09], 2)
    case UInt8(ascii: "b"): return ([0x08], 2)
    case UInt8(ascii: "f"): return ([0x0C], 2)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return ([letter], 2)
    default: return nil
    }
  }

  private static func ofHTML(_ text: ArraySlice<UInt8>) -> ([UInt8], Int)? {
    guard let end = text.prefix(12).firstIndex(of: UInt8(ascii: ";")) else { return nil }
    let (name, count) = (text[text.startIndex + 1..<end], end - text.startIndex + 1)
    if name.starts(with: Array("#x".utf8)) || name.starts(with: Array("#X".utf8)) {
      return number(name.dropFirst(2), name.count - 2, 16).flatMap(utf8).map { ($0, count) }
    }
    if name.first == UInt8(ascii: "#") {
      return number(name.dropFirst(), name.count - 1, 10).flatMap(utf8).map { ($0, count) }
    }
    let named = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
    return named[String(decoding: name, as: UTF8.self)].map { (Array($0.utf8), count) }
  }

  private static func number(_ digits: ArraySlice<UInt8>, _ count: Int, _ radix: Int) -> Int? {
    guard digits.count == count, count > 0, digits.first != UInt8(ascii: "+"),
      digits.first != UInt8(ascii: "-")
    else { return nil }
    return Int(String(decoding: digits, as: UTF8.self), radix: radix)
  }

  private static func utf8(_ value: Int) -> [UInt8]? {
    UInt32(exactly: value).flatMap(Unicode.Scalar.init).map { Array(String($0).utf8) }
  }
}
