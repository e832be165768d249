import ArgumentParser
import CloroMock
import JSON
import Platform

/// Validates fixture files.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Validate fixture files: every problem as 'file: json.path: what is wrong'.")

  @Argument(help: "The files.")
  var file: [String]

  func run() throws {
    let catalogue = try FixtureFiles.load(file, FixtureFiles.contents(of: file))
    for warning in catalogue.warnings {
      System.writeText("warning: \(ShownText.message(warning))\n", to: 2)
    }
    let plans = catalogue.fixtureNames.map { "plan \(ShownText.value($0))" }
    try StandardOutput.write("\(file.count) ok: \(plans.joined(separator: ", "))\n")
  }
}
