import ArgumentParser
import CloroMock

/// Prints the built-in plans.
struct PlansCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plans", abstract: "Print the built-in plans.")

  func run() throws {
    let catalogue = PlanCatalogue()
    var lines = Self.line("plan", "credits a month", "concurrency")
    for name in catalogue.names {
      guard let plan = catalogue.plans[name] else { continue }
      lines += Self.line(name, String(plan.credits), String(plan.concurrency))
    }
    try StandardOutput.write(lines)
  }

  private static func line(_ name: String, _ credits: String, _ concurrency: String) -> String {
    func pad(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count))
    }
    return
      "\(name)\(pad(name, 16))\(pad(credits, 15))\(credits)\(pad(concurrency, 13))\(concurrency)\n"
  }
}
