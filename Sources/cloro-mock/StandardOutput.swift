import ArgumentParser
import Platform

/// What the commands print.
enum StandardOutput {
  /// Writes all of a text.
  ///
  /// - Parameter readerMayLeave: Whether it is no failure that nobody reads any more.
  /// - Throws: Exit code 1, after a line on standard error, when it can't be written, for example
  ///   because the disk is full.
  static func write(_ text: String, readerMayLeave: Bool = false) throws {
    guard let failure = System.writeText(text, to: 1) else { return }
    if readerMayLeave, failure.code == System.readerIsGone { return }
    Message.write("standard output can't be written: \(failure.reason)")
    throw ExitCode.failure
  }
}
