import ArgumentParser
import CloroMock
import HTTPServer
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
    for warning in catalogue.warnings { System.writeText("warning: \(warning)\n", to: 2) }
    System.writeText(
      "\(file.count) ok: \(catalogue.fixtureNames.map { "plan \($0)" }.joined(separator: ", "))\n",
      to: 1)
  }
}
