import CloroContract
import JSON

/// Reads a stub from the control API's or a fixture's JSON.
struct StubReader {
  private enum Mode: String, CaseIterable {
    case merge
    case replace
  }

  /// Reads a whole stub.
  ///
  /// - Returns: nil when something is wrong.
  static func read(_ reader: inout ObjectReader) -> Stub? {
    let match = RuleReader.match(&reader, of: [.provider, .prompt, .country, .key])
    let result = reader.member("result", expected: "an object") { $0.object }
    let mode = reader.choice("mode", of: Mode.self)
    let error = readError(&reader)
    let latency = reader.latency("latency")
    let times = RuleReader.times(&reader)
    let (hasResult, hasError) = (reader.object["result"] != nil, reader.object["error"] != nil)
    if hasResult == hasError {
      reader.problems.add(reader.path, "expected either result or error")
    }
    if hasError, !hasResult, mode != nil { reader.fail("mode", "goes with result only") }
    if let result {
      let mode = mode ?? .merge
      return Stub(
        match: match, answer: .result(mode == .merge ? .merged(result) : .replaced(result)),
        description: ["result": .object(result), "mode": .string(mode.rawValue)],
        latency: latency, times: times)
    }
    guard let error else { return nil }
    return Stub(
      match: match, answer: error, description: ["error": reader.object["error"] ?? .null],
      latency: latency, times: times)
  }

  private static func readError(_ reader: inout ObjectReader) -> Stub.Answer? {
    guard var inner = reader.reader("error") else { return nil }
    let (error, retryAfter) = RuleReader.error(&inner)
    inner.finish()
    return error.map { .error($0, retryAfter: retryAfter) }
  }
}
