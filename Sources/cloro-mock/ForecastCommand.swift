import ArgumentParser
import CloroContract
import CloroMock
import JSON
import Platform

/// Plays a workload against plans.
struct ForecastCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract: "Play a workload against the plans: when it is done, and what it costs.",
    discussion: """
      The workload is JSON, for example:
        {"tasks": [{"provider": "chatgpt", "count": 5000}],
         "sync": [{"provider": "gemini", "workers": 8, "count": 1000}],
         "latency": {"default": "lognormal(12s,0.6)"}, "deadline": "6h"}
      """)

  @Argument(
    help: "The workload's file; - is standard input.", completion: .file(extensions: ["json"]))
  var workload: String?

  @Option(
    help: "A run's own report (--report FILE.json), whose questions are played.",
    completion: .file(extensions: ["json"]))
  var from: String?

  @Option(
    help: "A plan to play it against; may be given several times. (default: every built-in plan)",
    completion: .list(PlanCatalogue.builtInNames))
  var plan: [String] = []

  @Option(help: "When all must be done, as 90m or 6h; takes precedence over the workload's own.")
  var deadline: String?

  @Option(
    help: "The contract: 2026-07 or 2026-10. (default: 2026-07)",
    completion: .list(ContractRevision.allCases.map(\.rawValue)))
  var contract: String?

  @Option(help: "The seed of the latencies that are drawn.")
  var seed: UInt64 = 0

  @Option(
    help: "The form in which it is printed: text or json. (default: text)",
    completion: .list(OutputForm.allCases.map(\.rawValue)))
  var format: String?

  func validate() throws {
    guard (workload == nil) != (from == nil) else {
      throw ValidationError("Give a workload's file, or --from with a report.")
    }
    if let deadline, Workload.duration(deadline) == nil {
      throw ServeSettings.usage("--deadline", deadline, Workload.durationExpected)
    }
    let revisions = ContractRevision.allCases.map(\.rawValue)
    if let contract, ContractRevision(rawValue: contract) == nil {
      throw ServeSettings.usage("--contract", contract, "2026-07 or 2026-10", near: revisions)
    }
    _ = try OutputForm.read(format)
    let names = PlanCatalogue.builtInNames
    for name in plan where !names.contains(name) {
      throw ServeSettings.usage("--plan", name, names.joined(separator: ", "), near: names)
    }
  }

  func run() throws {
    let catalogue = PlanCatalogue()
    let names = plan.isEmpty ? catalogue.names : plan
    let revision = contract.flatMap { ContractRevision(rawValue: $0) } ?? .july2026
    let load = try load(revision)
    let plans = names.compactMap { catalogue.plans[$0] }
    let forecast = Forecast(load, on: plans, in: revision, seed: seed)
    switch try OutputForm.read(format) {
    case .json:
      try StandardOutput.write(String(decoding: forecast.json.encoded, as: UTF8.self) + "\n")
    case .text: try StandardOutput.write(Self.table(of: forecast))
    }
  }

  /// - Throws: Exit code 65, after every problem of the file was written to standard error.
  private func load(_ revision: ContractRevision) throws -> Workload {
    let path = workload ?? from ?? ""
    let file = path == "-" ? FixtureFile.standardInput() : FixtureFile(path)
    func tell(_ message: String) {
      System.writeText("\(ShownText.message(path)): \(message)\n", to: 2)
    }
    let problems = JSONProblems()
    guard let content = try? file.content.get() else {
      tell("can't be read: \(file.refusal ?? "")")
      throw ExitCode.badFixture
    }
    var load =
      from == nil
      ? Workload(parsing: content, in: revision, problems: problems)
      : Workload(report: content, in: revision, problems: problems)
    guard load != nil, problems.count == 0 else {
      for problem in problems.list { tell("\(problem)") }
      throw ExitCode.badFixture
    }
    if let deadline { load!.deadline = Workload.duration(deadline) }
    return load!
  }

  private static func table(of forecast: Forecast) -> String {
    var rows = [
      [
        "plan", "done after", "credits", "US$", "peak slots", "longest queue", "refusals",
        "in time",
      ]
    ]
    for row in forecast.rows {
      rows.append([
        row.plan, row.finishedAfterSeconds.map(duration) ?? "never", String(row.credits),
        row.usd.map { cents($0) } ?? "unknown", String(row.peakConcurrency),
        String(row.longestQueue), String(row.refusals), row.meetsDeadline ? "yes" : "no",
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      row.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 ? text + space : space + text
      }.joined(separator: "  ")
    }
    let verdict =
      forecast.cheapest.map { "the cheapest plan that is in time: \($0)" }
      ?? "no plan is in time"
    return (lines + [verdict]).joined(separator: "\n") + "\n"
  }

  /// `42.5 s` or `3 h 07 min`.
  private static func duration(_ seconds: Double) -> String {
    guard seconds >= 600 else { return "\(Double(Int(seconds * 10 + 0.5)) / 10) s" }
    let minutes = Int(seconds / 60 + 0.5)
    guard minutes >= 60 else { return "\(minutes) min" }
    let rest = minutes % 60
    return "\(minutes / 60) h \(rest < 10 ? "0" : "")\(rest) min"
  }

  private static func cents(_ usd: Double) -> String {
    let cents = Int(usd * 100 + 0.5)
    return "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
  }
}
