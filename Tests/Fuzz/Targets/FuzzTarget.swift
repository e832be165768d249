import JSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A part that reads bytes from outside, with properties that must hold for all inputs.
///
/// A trap, a broken ``require(_:_:)``, and an input that takes seconds are findings.
enum FuzzTarget: String, CaseIterable {
  case request
  case answer
  case json
  case validation
  case fixture
  case rule
  case pattern
  case tls
  case agent
  case state

  /// The target that the environment names.
  static let chosen: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
      fatalError("FUZZ_TARGET is one of \(allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    return target
  }()

  func check(_ bytes: UnsafeBufferPointer<UInt8>) {
    switch self {
    case .request: RequestFuzzing.check(Array(bytes))
    case .answer: AnswerFuzzing.check(Array(bytes))
    case .json: JSONFuzzing.check(bytes)
    case .validation: ValidationFuzzing.check(bytes)
    case .fixture: FixtureFuzzing.check(Array(bytes))
    case .rule: RuleFuzzing.check(bytes)
    case .pattern: PatternFuzzing.check(bytes)
    case .tls: TLSFuzzing.check(Array(bytes))
    case .agent: AgentFuzzing.check(Array(bytes))
    case .state: StateFuzzing.check(bytes)
    }
  }
}

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  FuzzTarget.chosen.check(UnsafeBufferPointer(start: bytes, count: count))
  return 0
}

/// Ends the process when a property doesn't hold; libFuzzer keeps the input.
func require(_ holds: Bool, _ what: @autoclosure () -> String) {
  if !holds { fatalError(what()) }
}
