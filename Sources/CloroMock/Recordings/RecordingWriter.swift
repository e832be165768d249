import JSON
import Logging
import Platform
import Synchronization

/// Writes recordings, unless one has a secret in it.
final class RecordingWriter: Sendable {
  private struct State {
    var written = 0
    var sequences: [RecordingKey: Int64] = [:]
    var saidFailure = false
    var saidRefusal = false
    /// Names the secrets that the double has come to know since its start.
    var laterSecrets: @Sendable () -> [String] = { [] }

    mutating func note(_ sequence: Int64, of keys: [RecordingKey]) {
      for key in keys { sequences[key] = max(sequences[key, default: 0], sequence) }
    }
  }

  let folder: RecordingFolder
  private let secrets: [String]
  private let logger: Logger
  private let state: Mutex<State>

  /// - Parameters:
  ///   - files: What is in the folder already: their sequences go on.
  ///   - secrets: What is in no file.
  init(
    _ folder: RecordingFolder, _ files: [RecordingFolder.File], secrets: [String], logger: Logger
  ) {
    self.folder = folder
    self.secrets = secrets
    self.logger = logger
    var state = State()
    for file in files { state.note(file.recording.sequence, of: file.recording.keys) }
    self.state = Mutex(state)
  }

  /// How many files this process has written.
  var written: Int { state.withLock { $0.written } }

  /// Keeps further secrets out of recordings.
  ///
  /// - Parameter secrets: Asked before each file is written.
  func keepOut(_ secrets: @escaping @Sendable () -> [String]) {
    state.withLock { $0.laterSecrets = secrets }
  }

  /// Writes a recording. What the client gets doesn't depend on it.
  ///
  /// - Parameters:
  ///   - key: What was asked; nil for a call that asks nobody.
  ///   - own: Secrets of this request and its answer.
  func write(_ made: Recording, _ key: RecordingKey?, _ own: [String]) {
    var recording = made
    let keys = recording.keys + [key].compactMap { $0 }
    let later = state.withLock { state in
      let last = keys.map { state.sequences[$0, default: 0] }.reduce(0, max)
      recording.sequence = last + 1
      state.note(recording.sequence, of: keys)
      return state.laterSecrets
    }
    let secrets = Secrets(secrets + later() + own)
    // What a next start would stumble over isn't written either.
    guard !secrets.areIn(recording.encoded), RecordingFolder.canRead(recording) else {
      return say(
        .warning, \.saidRefusal,
        """
        an answer is not recorded: it repeats a key, a cookie or an identifier, or it can't be \
        read again
        """, ["provider": "\(recording.provider?.rawValue ?? recording.path)"])
    }
    do throws(OutputFile.Failure) {
      let sequence = try folder.write(recording)
      state.withLock { state in
        state.written += 1
        state.note(sequence, of: keys)
      }
    } catch {
      say(.error, \.saidFailure, "an answer could not be recorded", ["reason": "\(error)"])
    }
  }

  /// Says something once.
  private func say(
    _ level: Logger.Level, _ said: WritableKeyPath<State, Bool>, _ message: Logger.Message,
    _ metadata: Logger.Metadata
  ) {
    let isFirst = state.withLock { state in
      defer { state[keyPath: said] = true }
      return !state[keyPath: said]
    }
    if isFirst { logger.log(level: level, message, metadata: metadata) }
  }
}
