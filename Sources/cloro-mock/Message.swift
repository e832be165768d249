import Platform

/// What the program says on standard error. Only lines of the log, which have a time, and problems
/// of fixture files, which have the file's name, as compilers write theirs, begin otherwise.
enum Message {
  /// Writes a message with the program's name before it.
  static func write(_ text: String) { System.writeText("cloro-mock: \(text)\n", to: 2) }
}
