import CProcess

/// The one command that this process runs as a child, with signals handed on to it. Its functions
/// are called in their order, by one thread.
package enum Command {
  /// Notes what the command shall find as this process has found it: its limit of open files, and
  /// the signals that are ignored. To be called before either is changed.
  package static func remember() { cprocess_remember() }

  /// Takes the signals that are handed on: hang-up, interrupt, quit, termination, and user 1 and 2
  /// no longer end this process. What another process sends of them goes on to the command, as soon
  /// as there is one. What the terminal sends doesn't, because the command, which is in the same
  /// group, has had it.
  package static func takeSignals() { cprocess_take_signals() }

  /// Starts the command; its program is looked for in `PATH`. It comes after ``takeSignals()``.
  ///
  /// On Linux the command is sent SIGTERM when this process ends before it, in whatever way.
  ///
  /// - Parameters:
  ///   - arguments: The program, and its arguments.
  ///   - variables: Names and values that it finds in its environment, beside this process's own.
  package static func start(
    _ arguments: [String], with variables: [(name: String, value: String)]
  ) throws(SystemError) {
    let texts = CStrings(arguments)
    let additions = CStrings(variables.map { "\($0.name)=\($0.value)" })
    let reason = cprocess_start(texts.pointers, additions.pointers)
    guard reason == 0 else { throw System.error("exec", reason) }
  }

  /// Waits for the command's end.
  ///
  /// - Returns: Its exit status; 128 and the signal's number when a signal has ended it.
  package static func wait() -> Int32 { cprocess_wait() }
}

/// Texts as C wants a list of them: pointers, the last one nil.
private final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ texts: [String]) {
    count = texts.count
    pointers = .allocate(capacity: count + 1)
    for (index, text) in texts.enumerated() {
      let bytes = text.utf8CString
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      bytes.withUnsafeBufferPointer { copy.initialize(from: $0.baseAddress!, count: $0.count) }
      (pointers + index).initialize(to: copy)
    }
    (pointers + count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { pointers[index]?.deallocate() }
    pointers.deallocate()
  }
}
