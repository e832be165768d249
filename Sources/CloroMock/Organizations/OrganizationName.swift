/// The form of organizations' names.
enum OrganizationName {
  /// The most characters, as Unicode scalars. [chosen]
  static let longest = 200

  static let expected =
    "a name of 1 to \(longest) characters without white space and control characters"

  /// Names are printed in lines of the standard output, so they contain no white space.
  static func isValid(_ text: String) -> Bool {
    1...longest ~= text.unicodeScalars.count
      && text.unicodeScalars.allSatisfy {
        !$0.properties.isWhitespace && $0.properties.generalCategory != .control
      }
  }
}
