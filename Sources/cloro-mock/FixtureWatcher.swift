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

  init(_ paths: [String], _ mock: MockServer) {
    self.paths = paths
    self.mock = mock
    seen = paths.map { FileManager.default.contents(atPath: $0) }
    timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
    timer.setEventHandler { [weak self] in self?.look() }
    timer.activate()
  }

  func stop() { timer.cancel() }

  private func look() {
    let present = paths.map { FileManager.default.contents(atPath: $0) }
    // A file that is gone for a moment is one that an editor is about to replace.
    guard present != seen, !present.contains(nil) else { return }
    seen = present
    do {
      try mock.reload(FixtureFiles.read(paths))
      mock.logger.info("fixtures reloaded")
    } catch {
      mock.logger.error("fixtures not reloaded", metadata: ["reason": "\(error)"])
    }
  }
}
