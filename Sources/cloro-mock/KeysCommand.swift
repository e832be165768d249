import ArgumentParser
import CloroMock

/// Prints the keys of the built-in fixture, each of which makes one thing happen.
struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Print the magic keys: one for each thing that can happen.",
    discussion: "cloro-mock --fixture magic has them.")

  func run() throws {
    var catalogue = PlanCatalogue()
    try catalogue.add([("magic", PlanCatalogue.builtInFixture("magic") ?? [])])
    let lines = (catalogue.plans["magic"]?.keys ?? []).map { "\($0.key)  \($0.label ?? "")\n" }
    try StandardOutput.write(lines.joined())
  }
}
