import CloroMock
import Logging
import Platform

/// Reloads fixture files when they change. An invalid file is reported, and so is one that is gone;
/// the old content stays in effect.
///
/// `@unchecked Sendable`: `seen` and `missed` are touched on `queue` alone.
final class FixtureWatcher: @unchecked Sendable {
  /// How often the files are looked at, in nanoseconds.
  private static let interval: Int64 = 250_000_000

  /// How many times in a row a file is missed before that is said. An editor that replaces a file
  /// takes it away for a moment.
  private static let patience = 3

  private let paths: [String]
  private let mock: MockServer
  private let queue = SerialQueue()
  private var seen: [FixtureFile]
  /// How many times in a row each file couldn't be read, by its path.
  private var missed: [String: Int] = [:]

  /// - Parameter loaded: The files as they were loaded, so that changes since then are noticed.
  init(_ mock: MockServer, loaded: [FixtureFile]) {
    paths = loaded.map(\.path)
    self.mock = mock
    seen = loaded
  }

  /// Begins to look, until the watcher is released.
  func start() throws(SystemError) {
    try queue.start()
    lookLater()
  }

  private func lookLater() {
    queue.after(Self.interval) { [weak self] in
      self?.reloadIfChanged()
      self?.lookLater()
    }
  }

  private func reloadIfChanged() {
    let present = paths.map { FixtureFile($0) }
    for file in present { tellIfMissing(file) }
    guard present != seen, missed.isEmpty else { return }
    seen = present
    do {
      try mock.reload(FixtureFile.catalogue(of: present))
      mock.logger.info("fixtures reloaded")
    } catch {
      mock.logger.error("fixtures not reloaded", metadata: ["reason": "\(error)"])
    }
  }

  private func tellIfMissing(_ file: FixtureFile) {
    guard let reason = file.refusal else {
      let times = missed.removeValue(forKey: file.path) ?? 0
      if times >= Self.patience {
        mock.logger.info("a fixture file is there again", metadata: ["file": "\(file.path)"])
      }
      return
    }
    missed[file.path, default: 0] += 1
    guard missed[file.path] == Self.patience else { return }
    mock.logger.warning(
      "a fixture file can't be read any more; what it said stays in effect",
      metadata: ["file": "\(file.path)", "reason": "\(reason)"])
  }
}
