import ArgumentParser
import CloroMock
import JSON

/// Prints what recorded answers look like, beside those that the double makes up.
struct ShapesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shapes",
    abstract: "Print which members recorded answers have, beside what the double makes up.",
    discussion: """
      For each provider: which members are always, sometimes and never there, their types and \
      forms, and in what they differ from the double's typical answers.
      """)

  @Argument(help: "The folder of recordings.", completion: .directory)
  var folder: String

  @Option(
    help: "The form in which it is printed: text or json. (default: text)",
    completion: .list(OutputForm.allCases.map(\.rawValue)))
  var format: String?

  func run() throws {
    let form = try OutputForm.read(format)
    let shapes: LearnedShapes
    do throws(DriftFailure) {
      shapes = try LearnedShapes(folder: folder)
    } catch {
      Message.write(ShownText.message(error.reason))
      throw ExitCode.badFixture
    }
    switch form {
    case .text: try StandardOutput.write(shapes.text)
    case .json:
      try StandardOutput.write(String(decoding: shapes.json.encoded, as: UTF8.self) + "\n")
    }
  }
}
