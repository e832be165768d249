extension String {
  /// The text without the white space around it, as JavaScript's `trim` sees it: cloro's schemas
  /// run on Node.
  var trimmed: String {
    guard let first = unicodeScalars.first, let last = unicodeScalars.last,
      first.isJavaScriptSpace || last.isJavaScriptSpace
    else { return self }
    var scalars = unicodeScalars[...]
    while let first = scalars.first, first.isJavaScriptSpace { scalars.removeFirst() }
    while let last = scalars.last, last.isJavaScriptSpace { scalars.removeLast() }
    return String(scalars)
  }
}

extension Unicode.Scalar {
  /// White space or the end of a line by ECMA-262, sections 12.2 and 12.3.
  fileprivate var isJavaScriptSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x20, 0xA0, 0x2028, 0x2029, 0xFEFF: true
    case 0x80...: properties.generalCategory == .spaceSeparator
    default: false
    }
  }
}
