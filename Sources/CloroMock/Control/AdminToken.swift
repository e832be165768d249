/// The rule for the control API's token: it has to arrive as it was sent.
package enum AdminToken {
  /// What a token may be, for messages.
  package static let expected =
    "text of at least one character, without line breaks, at whose "
    + "end stands no space: no header can carry other tokens"

  /// Whether a client can send a token in `Authorization: Bearer …`.
  ///
  /// A field's value has no control characters but tabs, and what surrounds it as white space
  /// doesn't belong to it. (RFC 9110, section 5.5)
  package static func isUsable(_ token: String) -> Bool {
    guard let last = token.utf8.last, last != 0x20, last != 0x09 else { return false }
    return token.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
  }
}
