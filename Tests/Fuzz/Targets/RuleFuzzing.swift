import CloroContract
import JSON
import Simulation

@testable import CloroMock

/// The control API's readers: an accepted value, listed and sent again, reads back as the same
/// value.
enum RuleFuzzing {
  private static let catalogue = PlanCatalogue()
  private static let library = ResultLibrary()

  static func check(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let json = try? JSON(parsing: bytes) else { return }
    if let fault = read(json, Fault.read) ?? nil { check(fault) }
    if let stub = read(json, Stub.read) ?? nil { check(stub) }
    if let settings = read(json, { KeySettings(&$0, plans: catalogue) }) { check(settings) }
    if let text = json.string { check(text) }
  }

  /// The value that a reader makes; nil when it reports a problem.
  private static func read<Value>(_ json: JSON, _ read: (inout ObjectReader) -> Value) -> Value? {
    let problems = JSONProblems()
    guard var reader = ObjectReader(json, problems: problems) else {
      require(!problems.list.isEmpty, "refused without a reason")
      return nil
    }
    let value = read(&reader)
    reader.finish()
    return problems.list.isEmpty ? value : nil
  }

  private static func check(_ fault: Fault) {
    var listed: JSONObject = [
      "match": fault.match.json, "fault": fault.fault.json,
      "probability": .decimal(fault.probability),
    ]
    if let times = fault.times { listed.append("times", JSON(times)) }
    require(read(.object(listed), Fault.read) == fault, "as listed, the fault is another one")
    let rules = RuleSet()
    _ = rules.add(fault, to: \.faults)
    _ = rules.strike(
      RuleSubject(path: "/v1/credits", route: "/v1/credits", method: "GET", seed: 1))
    checkWhole(rules.lists.faults.rules.map(\.json))
  }

  private static func check(_ stub: Stub) {
    var listed = stub.response.members
    listed.append("match", stub.match.json)
    if let latency = stub.latency { listed.append("latency", .string(latency.description)) }
    if let times = stub.times { listed.append("times", JSON(times)) }
    require(read(.object(listed), Stub.read) == stub, "as listed, the stub is another one")
    let rules = RuleSet()
    _ = rules.add(stub, to: \.stubs)
    checkWhole(rules.lists.stubs.rules.map(\.json))
    let request = MonitorRequest(provider: stub.match.provider ?? .chatgpt, question: "a")
    for (_, result) in stub.results {
      let answer = library.body(
        of: ResultRenderer.Input(
          question: Question(request), revision: .october2026, seed: 1, link: 1, origin: "",
          stub: result))
      require((try? JSON(parsing: answer)) != nil, "a stubbed answer is not JSON")
    }
  }

  /// The ledger's file stores them as JSON.
  private static func check(_ settings: KeySettings) {
    let again = read(settings.json) { KeySettings(&$0, plans: catalogue) }
    require(again == settings, "as kept, the settings are others")
  }

  /// Texts that the control API parses into values.
  private static func check(_ text: String) {
    if let latency = LatencyDistribution(text) { FixtureFuzzing.check(latency) }
    if let mode = ClockMode(text) { require(ClockMode(mode.description) == mode, "\(mode)") }
    if let time = Timestamp(text: text) {
      let written = Timestamp(text: time.text)
      require(written?.milliseconds == time.milliseconds, "\(text) reads as \(time.text)")
    }
    if let address = WebAddress(text) {
      require(!address.host.isEmpty, "no host: \(text)")
      require(!address.target.utf8.contains { $0 <= 0x20 }, "a target with a space: \(text)")
    }
  }

  private static func checkWhole(_ values: [JSON]) {
    for value in values {
      require((try? JSON(parsing: value.encoded)) == value, "a listed rule reads otherwise")
    }
  }
}
