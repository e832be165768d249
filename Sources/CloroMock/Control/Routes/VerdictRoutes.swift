import HTTPServer
import JSON

/// The routes of the run's verdict.
enum VerdictRoutes {
  static let all = [
    ControlRoute(
      .post, "verify", readsBody: true,
      action: .waiting { call throws(ControlError) in
        let expectation = try call.read { VerifyOperations.Expectation.read(&$0) }
        let matched = try await call.operations.verify.verify(expectation)
        return ControlAnswer(body: ["matched": JSON(matched)])
      }),
    ControlRoute(.get, "unused", query: ["key"]) { call throws(ControlError) in
      let unused = call.operations.report.unused(of: try call.narrowing())
      return ControlAnswer(body: ["unused": .array(unused.map(\.json))])
    },
    ControlRoute(
      .get, "report", query: ["key", "format"],
      action: .waiting { call throws(ControlError) in
        let format = try format(call.query["format"])
        let report = await call.operations.report.report(of: try call.narrowing())
        guard format != .json else { return ControlAnswer(body: report.json) }
        return ControlAnswer(text: report.text(format), contentType: format.contentType)
      }),
  ]

  private static func format(_ text: String?) throws(ControlError) -> RunReport.Format {
    guard let text else { return .json }
    guard let format = RunReport.Format(rawValue: text) else {
      let names = RunReport.Format.allCases.map(\.rawValue)
      let alternatives = ObjectReader.alternatives(to: text, in: names)
      throw .invalid("format: \"\(ShownText.value(text))\" is unknown\(alternatives)")
    }
    return format
  }
}
