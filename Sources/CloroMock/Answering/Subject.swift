/// Short forms of a question, for titles and addresses.
enum Subject {
  private static let longest = 60

  /// The question on one line, at most 60 characters, without the punctuation at its end.
  static func text(of question: String) -> String {
    String(decoding: bytes(of: question), as: UTF8.self)
  }

  /// The same as UTF-8.
  static func bytes(of question: String) -> [UInt8] {
    var subject: [UInt8] = []
    subject.reserveCapacity(4 * longest)
    var length = 0
    var isBetweenWords = false
    for scalar in question.unicodeScalars {
      if isSpace(scalar) {
        isBetweenWords = length > 0
        continue
      }
      if isBetweenWords {
        subject.append(UInt8(ascii: " "))
        length += 1
        isBetweenWords = false
      }
      // What follows in a long question can't change the result, so the time doesn't depend on its
      // length.
      if length >= longest { break }
      if scalar.isASCII {
        subject.append(UInt8(scalar.value))
      } else {
        subject.append(contentsOf: UTF8.encode(scalar)!)
      }
      length += 1
    }
    while let last = subject.last, isEnding(last) { subject.removeLast() }
    return subject.isEmpty ? Array("your question".utf8) : subject
  }

  private static func isEnding(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "?"), UInt8(ascii: "!"), UInt8(ascii: "."), UInt8(ascii: ","),
      UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: " "):
      true
    default: false
    }
  }

  /// Whether a scalar is white space. ASCII needs no table lookup, which covers most questions.
  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? scalar == " " || 0x09...0x0D ~= scalar.value : scalar.properties.isWhitespace
  }

  /// A subject in lower-case ASCII letters, digits and hyphens.
  static func slug(of subject: String) -> String {
    String(decoding: slug(of: Array(subject.utf8)), as: UTF8.self)
  }

  /// The same as UTF-8.
  static func slug(of subject: [UInt8]) -> [UInt8] {
    var slug: [UInt8] = []
    slug.reserveCapacity(subject.count)
    for byte in subject {
      switch byte {
      case 0x61...0x7A, 0x30...0x39: slug.append(byte)
      case 0x41...0x5A: slug.append(byte | 0x20)
      default: if let last = slug.last, last != UInt8(ascii: "-") { slug.append(UInt8(ascii: "-")) }
      }
    }
    if slug.last == UInt8(ascii: "-") { slug.removeLast() }
    return slug.isEmpty ? Array("topic".utf8) : slug
  }
}
