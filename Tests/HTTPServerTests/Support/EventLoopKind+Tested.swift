import Foundation
import HTTPServer

extension EventLoopKind {
  /// The mechanisms that this run tests: the platform's own, or the one that the environment
  /// variable `CLORO_MOCK_EVENT_LOOP` names.
  ///
  /// On Linux Dispatch's has a run of its own, a test at a time: libdispatch uses freed memory when
  /// sources are cancelled beside others (swift-corelibs-libdispatch, issue 949), and the process
  /// ends.
  static let tested: [EventLoopKind] = {
    guard let name = ProcessInfo.processInfo.environment["CLORO_MOCK_EVENT_LOOP"] else {
      return [.platformDefault]
    }
    guard let kind = EventLoopKind(rawValue: name), allCases.contains(kind) else {
      preconditionFailure("CLORO_MOCK_EVENT_LOOP: \"\(name)\" is no event loop of this platform.")
    }
    return [kind]
  }()
}
