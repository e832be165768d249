/// The form of organizations' names.
enum OrganizationName {
  static let expected = "a name without white space and control characters"

  /// Names are printed in lines of the standard output, so they contain no white space.
  static func isValid(_ text: String) -> Bool {
    !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        !$0.properties.isWhitespace && $0.properties.generalCategory != .control
      }
  }
}
