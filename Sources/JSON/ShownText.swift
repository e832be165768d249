/// Text from outside as messages show it.
///
/// A message is read by a person, on a terminal too, where control characters move the cursor and
/// bidirectional ones turn the order of what stands around them. And it stands in an answer, which
/// must not become as long as what it is about.
package enum ShownText {
  /// The most bytes of one name or value in a message.
  package static let longest = 200

  /// A name or a value: escaped, line ends too, and cut if it is long.
  package static func value(_ text: String) -> String {
    cut(escaped(text, atMost: longest, keepsLines: false), text)
  }

  /// A whole message, which may consist of several lines: escaped, and cut if it is very long.
  package static func message(_ text: String, atMost most: Int = 1 << 16) -> String {
    cut(escaped(text, atMost: most, keepsLines: true), text)
  }

  private static func cut(
    _ result: (text: String, isWhole: Bool), _ text: String
  ) -> String {
    result.isWhole ? result.text : "\(result.text)… (\(text.utf8.count) bytes)"
  }

  private static func escaped(
    _ text: String, atMost most: Int, keepsLines: Bool
  ) -> (text: String, isWhole: Bool) {
    // Most texts have nothing to escape.
    if text.utf8.count <= most,
      text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 || keepsLines && $0 == 0x0A })
    {
      return (text, true)
    }
    var shown = ""
    for scalar in text.unicodeScalars {
      let isHidden = isHidden(scalar) && !(keepsLines && scalar == "\n")
      let piece = isHidden ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : ""
      let size = isHidden ? piece.utf8.count : UTF8.width(scalar)
      guard shown.utf8.count + size <= most else { return (shown, false) }
      if isHidden { shown += piece } else { shown.unicodeScalars.append(scalar) }
    }
    return (shown, true)
  }

  /// Whether a character shows nothing itself, but changes how others are shown.
  package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    // The joiners are parts of words and of emoji.
    case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
    default: false
    }
  }
}
