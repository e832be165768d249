import CloroMock
import Logging
import Platform

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reloads fixture files when they change. An invalid file is reported, and the old content stays
/// in effect.
///
/// `@unchecked Sendable`: `seen` is touched on `queue` alone.
final class FixtureWatcher: @unchecked Sendable {
  /// How often the files are looked at, in nanoseconds.
  private static let interval: Int64 = 250_000_000

  private let paths: [String]
  private let mock: MockServer
  private let queue = SerialQueue()
  private var seen: [Data?]

  /// - Parameter loaded: The files' contents as they were loaded, so that changes since then are
  ///   noticed.
  init(_ paths: [String], _ mock: MockServer, loaded: [Data?]) {
    self.paths = paths
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
    let present = FixtureFiles.contents(of: paths)
    // A file that is missing for a moment is about to be replaced by an editor.
    guard present != seen, !present.contains(nil) else { return }
    seen = present
    do {
      try mock.reload(FixtureFiles.catalogue(of: paths, present))
      mock.logger.info("fixtures reloaded")
    } catch {
      mock.logger.error("fixtures not reloaded", metadata: ["reason": "\(error)"])
    }
  }
}
