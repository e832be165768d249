/// The form in which a command prints what it has found.
enum OutputForm: String, CaseIterable {
  case text
  case json

  /// The form that `--format` names.
  ///
  /// - Parameter name: nil when the option isn't given, which means text.
  /// - Throws: A mistake in the command line for another name.
  static func read(_ name: String?) throws -> OutputForm {
    guard let name else { return .text }
    guard let form = OutputForm(rawValue: name) else {
      throw ServeSettings.usage(
        "--format", name, "text or json", near: allCases.map(\.rawValue))
    }
    return form
  }
}
