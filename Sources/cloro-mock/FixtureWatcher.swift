import CloroMock
import Dispatch
import Logging

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Loads fixture files anew when they change. A broken file is reported and the old one stays.
///
/// `@unchecked Sendable`: `seen` is touched on `queue` alone.
final class FixtureWatcher: @unchecked Sendable {
  private static let interval = DispatchTimeInterval.milliseconds(250)

  private let paths: [String]
  private let mock: MockServer
  private let queue = DispatchQueue(label: "cloro-mock.watch")
  private let timer: any DispatchSourceTimer
  private var seen: [Data?]

  /// - Parameter loaded: The files' contents as they were loaded: what has changed since is seen.
  init(_ paths: [String], _ mock: MockServer, loaded: [Data?]) {
    self.paths = paths
    self.mock = mock
    seen = loaded
    timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
    timer.setEventHandler { [weak self] in self?.look() }
    timer.activate()
  }

  func stop() { timer.cancel() }

  private func look() {
    let present = FixtureFiles.contents(of: paths)
    // A file that is gone for a moment is one that an editor is about to replace.
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
