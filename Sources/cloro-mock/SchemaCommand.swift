import ArgumentParser
import CloroMock

/// Prints the schema of fixture files.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON schema of fixture files, for editors.",
    discussion: """
      A file that names it as "$schema" is completed and checked while it is written: \
      cloro-mock schema > fixture.schema.json. A running double serves it at \
      /_mock/fixture.schema.json.
      """)

  func run() throws {
    try StandardOutput.write(String(decoding: PlanCatalogue.schema, as: UTF8.self))
  }
}
