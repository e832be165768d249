import CVersion

/// Which double this is.
enum Version {
  /// The version's number, for example `0.1.0`.
  static let number = String(cString: cversion_number()).filter { !$0.isNewline }

  /// What `--version` prints: the number, and the commit where it is known.
  static let text: String = {
    let commit = String(cString: cversion_commit())
    return commit.isEmpty ? number : "\(number) (\(commit))"
  }()
}
