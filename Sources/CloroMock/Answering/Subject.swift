/// A question's short forms, for titles and addresses.
enum Subject {
  private static let longest = 60

  /// The question on one line, at most 60 characters, without the punctuation at its end.
  static func text(of question: String) -> String {
    var subject = String.UnicodeScalarView()
    var length = 0
    var isBetweenWords = false
    for scalar in question.unicodeScalars {
      if isSpace(scalar) {
        isBetweenWords = length > 0
        continue
      }
      if isBetweenWords {
        subject.append(" ")
        length += 1
        isBetweenWords = false
      }
      // A long question's end can't matter, so that its length doesn't either.
      if length >= longest { break }
      subject.append(scalar)
      length += 1
    }
    while let last = subject.last, "?!.,;: ".unicodeScalars.contains(last) { subject.removeLast() }
    return subject.isEmpty ? "your question" : String(subject)
  }

  /// White space; the letters of most questions need no table for that.
  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? scalar == " " || 0x09...0x0D ~= scalar.value : scalar.properties.isWhitespace
  }

  /// A subject in lower-case ASCII letters, digits and hyphens.
  static func slug(of subject: String) -> String {
    var slug: [UInt8] = []
    for byte in subject.utf8 {
      switch byte {
      case 0x61...0x7A, 0x30...0x39: slug.append(byte)
      case 0x41...0x5A: slug.append(byte | 0x20)
      default: if let last = slug.last, last != UInt8(ascii: "-") { slug.append(UInt8(ascii: "-")) }
      }
    }
    if slug.last == UInt8(ascii: "-") { slug.removeLast() }
    return slug.isEmpty ? "topic" : String(decoding: slug, as: UTF8.self)
  }
}
