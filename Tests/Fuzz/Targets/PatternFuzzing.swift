import Patterns

@testable import CloroMock

/// The expressions of stubs and faults. The first line is a pattern, the rest a text to search. The
/// number of steps is bounded, and equivalent forms match the same texts.
enum PatternFuzzing {
  static func check(_ bytes: UnsafeBufferPointer<UInt8>) {
    let end = bytes.firstIndex(of: 10) ?? bytes.count
    let source = String(decoding: bytes[..<end], as: UTF8.self)
    let text = String(decoding: bytes[end...].dropFirst(), as: UTF8.self)
    let pattern: Pattern
    do throws(Pattern.Refusal) {
      pattern = try Pattern(source)
    } catch {
      require(0...source.unicodeScalars.count ~= error.position, "a problem outside of the pattern")
      return
    }
    require(1...Pattern.Limit.states ~= pattern.stateCount, "\(pattern.stateCount) states")
    let (isFound, steps) = pattern.search(text)
    let most = pattern.stateCount * (text.unicodeScalars.count + 1)
    require(steps <= most, "\(steps) steps, at most \(most) expected")
    let flag = source.hasPrefix("(?i)") ? "(?i)" : ""
    let rest = source.dropFirst(flag.count)
    for form in ["\(flag)(?:\(rest))", "\(flag)(\(rest))|\(rest)", "\(flag)()(?:\(rest))()"] {
      // An equivalent form may be too large.
      guard let other = try? Pattern(form) else { continue }
      require(other.matches(text) == isFound, "\(form) finds something else")
    }
  }
}
