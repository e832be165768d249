import HTTPServer
import Testing

/// A way in which a server and its client speak: by which readiness mechanism, and with TLS or
/// without.
struct Wire: CaseIterable, CustomTestStringConvertible, Sendable {
  let kind: EventLoopKind
  let speaksTLS: Bool

  static let allCases = EventLoopKind.tested.flatMap { kind in
    [false, true].map { Wire(kind: kind, speaksTLS: $0) }
  }

  var testDescription: String { "\(kind), \(speaksTLS ? "TLS" : "plain")" }
}
