import ArgumentParser
import CloroMock
import JSON
import Platform

/// Validates fixture files.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Validate fixture and weather files: every problem as 'file: json.path: what is wrong'.",
    discussion: """
      A file without a plan that has about, errors or taskFailures is a weather.

      Exits with 65 when there is a problem. With --format json standard output has an array of \
      the problems, each as {"file", "path", "message"}.
      """)

  @Argument(
    help: "The files; - is standard input.", completion: .file(extensions: ["json"]))
  var file: [String]

  @Option(
    help: "The form of problems: text or json. (default: text)",
    completion: .list(OutputForm.allCases.map(\.rawValue)))
  var format: String?

  func run() throws {
    let form = try OutputForm.read(format)
    let files = file.map { $0 == "-" ? FixtureFile.standardInput() : FixtureFile($0) }
    let catalogue: PlanCatalogue
    let weathers: [String]
    do throws(PlanCatalogue.Invalid) {
      (catalogue, weathers) = try Self.read(files)
    } catch {
      switch form {
      case .text: FixtureFile.tell(of: error)
      case .json: try StandardOutput.write(Self.json(error.list) + "\n")
      }
      throw ExitCode.badFixture
    }
    for warning in catalogue.warnings { Message.write("warning: \(ShownText.message(warning))") }
    guard form == .text else { return try StandardOutput.write(Self.json([]) + "\n") }
    let found = catalogue.fixtureNames.map { "plan \(ShownText.value($0))" } + weathers
    try StandardOutput.write("\(file.count) ok: \(found.joined(separator: ", "))\n")
  }

  /// Reads all files.
  ///
  /// - Returns: The plans, and what is said of each weather.
  /// - Throws: Every problem of every file.
  private static func read(
    _ files: [FixtureFile]
  ) throws(PlanCatalogue.Invalid) -> (PlanCatalogue, weathers: [String]) {
    var problems: [PlanCatalogue.Problem] = []
    var weathers: [String] = []
    var fixtures: [FixtureFile] = []
    for file in files {
      guard let bytes = try? file.content.get(), Weather.isWeather(bytes) else {
        fixtures.append(file)
        continue
      }
      do throws(PlanCatalogue.Invalid) {
        let weather = try Weather(file: file.path, bytes)
        weathers.append("weather \(ShownText.value(weather.name ?? file.path))")
      } catch {
        problems += error.list
      }
    }
    var catalogue = PlanCatalogue()
    do throws(PlanCatalogue.Invalid) {
      catalogue = try FixtureFile.catalogue(of: fixtures)
    } catch {
      problems = error.list + problems
    }
    guard problems.isEmpty else { throw PlanCatalogue.Invalid(problems) }
    return (catalogue, weathers)
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
