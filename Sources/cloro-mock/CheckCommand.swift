import ArgumentParser
import CloroMock
import JSON
import Platform

/// Validates fixture files.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Validate fixture files: every problem as 'file: json.path: what is wrong'.",
    discussion: """
      Exits with 65 when there is a problem. With --format json standard output has an array of \
      the problems, each as {"file", "path", "message"}.
      """)

  @Argument(
    help: "The files; - is standard input.", completion: .file(extensions: ["json"]))
  var file: [String]

  @Option(
    help: "The form of problems: text or json. (default: text)",
    completion: .list(Form.allCases.map(\.rawValue)))
  var format: String?

  /// How problems are written.
  private enum Form: String, CaseIterable {
    case text
    case json
  }

  func run() throws {
    let names = Form.allCases.map(\.rawValue)
    guard let form = Form(rawValue: format ?? Form.text.rawValue) else {
      throw ServeSettings.usage("--format", format ?? "", "text or json", near: names)
    }
    let files = file.map { $0 == "-" ? FixtureFile.standardInput() : FixtureFile($0) }
    let catalogue: PlanCatalogue
    do throws(PlanCatalogue.Invalid) {
      catalogue = try FixtureFile.catalogue(of: files)
    } catch {
      switch form {
      case .text: FixtureFile.tell(of: error)
      case .json: try StandardOutput.write(Self.json(error.list) + "\n")
      }
      throw ExitCode.badFixture
    }
    for warning in catalogue.warnings { Message.write("warning: \(ShownText.message(warning))") }
    try conclude(catalogue, form)
  }

  private func conclude(_ catalogue: PlanCatalogue, _ form: Form) throws {
    guard form == .text else { return try StandardOutput.write(Self.json([]) + "\n") }
    let plans = catalogue.fixtureNames.map { "plan \(ShownText.value($0))" }
    try StandardOutput.write("\(file.count) ok: \(plans.joined(separator: ", "))\n")
  }

  private static func json(_ problems: [PlanCatalogue.Problem]) -> String {
    let list = problems.map { problem -> JSON in
      [
        "file": .string(problem.file), "path": .string(problem.path),
        "message": .string(problem.message),
      ]
    }
    return String(decoding: JSON.array(list).encoded, as: UTF8.self)
  }
}
