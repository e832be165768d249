import CloroContract
import JSON
import Platform
import Simulation

/// A folder of recordings: one file an answer, `….json`. Files of other names are left alone.
struct RecordingFolder: Sendable {
  /// A file with its recording.
  struct File: Sendable {
    /// Its name in the folder.
    let name: String
    let recording: Recording
  }

  /// Why a folder's recordings can't be used.
  struct Failure: Error, CustomStringConvertible {
    /// Each problem with file and member: `folder/file.json: status: is missing`.
    let lines: [String]

    var description: String { lines.joined(separator: "\n") }
  }

  /// The most bytes of a file. [chosen]
  static let mostBytes = 64 << 20

  let path: String

  init(_ path: String) { self.path = path }

  /// Makes the folder for its owner alone, if it isn't there.
  func make() throws(Failure) {
    do throws(SystemError) {
      if try System.makePrivateFolder(path) { return }
    } catch {
      throw Failure(lines: ["\(path): can't be made: \(error.reason)"])
    }
    guard System.fileStatus(path)?.kind == .directory else {
      throw Failure(lines: ["\(path): is no folder"])
    }
  }

  /// Reads all recordings.
  ///
  /// - Returns: The files in the order in which the answers to a question are given again: by their
  ///   numbers, then by their times, then by their names.
  /// - Throws: All that is wrong, so that it can be mended at once.
  func read() throws(Failure) -> [File] {
    let names: [String]
    do throws(SystemError) {
      names = try System.names(inFolder: path).filter { $0.hasSuffix(".json") }.sorted()
    } catch {
      throw Failure(lines: ["\(path): can't be read: \(error.reason)"])
    }
    var (files, lines): ([File], [String]) = ([], [])
    for name in names {
      let problems = JSONProblems()
      let recording = read(name, problems)
      if let recording { files.append(File(name: name, recording: recording)) }
      lines += problems.list.map { "\(ShownText.value("\(path)/\(name)")): \($0)" }
    }
    guard lines.isEmpty else { throw Failure(lines: lines) }
    return files.sorted { $0.place < $1.place }
  }

  private func read(_ name: String, _ problems: JSONProblems) -> Recording? {
    do throws(SystemError) {
      let text = try System.contents(of: "\(path)/\(name)", atMost: Self.mostBytes)
      return Self.read(text, problems)
    } catch {
      problems.add("", "can't be read: \(error.reason)")
      return nil
    }
  }

  private static func read(_ text: [UInt8], _ problems: JSONProblems) -> Recording? {
    guard let recording = Recording.read(text, problems: problems) else { return nil }
    if recording.provider != nil, recording.status == 200, recording.keys.isEmpty {
      problems.add("request", "is no question that \(recording.provider?.rawValue ?? "") takes")
      return nil
    }
    return recording
  }

  /// Whether a recording can be read again from the file that is written of it.
  static func canRead(_ recording: Recording) -> Bool {
    read(recording.encoded, JSONProblems()) != nil
  }

  /// Writes a recording, whole and for its owner alone (mode 0600). Whatever ends the process
  /// meanwhile, there is no half of one.
  ///
  /// No file is replaced: what another process has written there since the start stays, and this
  /// recording takes the next free number.
  ///
  /// - Returns: Its number in the sequence.
  @discardableResult
  func write(_ recording: Recording) throws(OutputFile.Failure) -> Int64 {
    var recording = recording
    while true {
      let isWritten = try OutputFile.createPrivately(
        recording.encoded, at: "\(path)/\(Self.name(of: recording))")
      if isWritten { return recording.sequence }
      recording.sequence += 1
    }
  }

  /// The name of a recording's file: who was asked, what, and the how manieth answer it is.
  static func name(of recording: Recording) -> String {
    var hash = StableHash(seed: 0)
    if let key = recording.keys.last {
      hash.combine(key.request.payload.encoded)
    } else {
      hash.combine(recording.path)
      hash.combine(recording.request.encoded)
    }
    let digits = String(hash.value, radix: 16)
    let padded = String(repeating: "0", count: 16 - digits.count) + digits
    let subject =
      recording.provider?.rawValue ?? recording.path.split { "/?".contains($0) }
      .dropFirst().first.map(String.init) ?? "call"
    let kind = if case .error = recording.answer { "-error" } else { "" }
    let words = subject.utf8.map { byte in
      let isPlain = 0x61...0x7A ~= byte || 0x30...0x39 ~= byte
      return isPlain ? Character(Unicode.Scalar(byte)) : "-"
    }
    return "\(String(words))-\(padded)\(kind)-\(recording.sequence).json"
  }
}

extension RecordingFolder.File {
  /// What files are ordered by.
  fileprivate var place: (Int64, Int64, String) {
    (recording.sequence, recording.recordedAt.nanoseconds, name)
  }
}
