import CLaunch
import Platform

/// The program's entry.
@main
enum Launch {
  static func main() {
    guard let arguments else {
      System.writeText("cloro-mock: the arguments can't be read, because /proc is missing\n", to: 2)
      System.exitImmediately(1)
    }
    CloroMockCommand.main(Array(arguments.dropFirst()))
  }

  /// The arguments, the program's name among them; nil when they can't be read.
  ///
  /// `CommandLine` reads them from `/proc` on Linux, and has none where that isn't mounted.
  private static var arguments: [String]? {
    guard let list = claunch_arguments() else {
      return CommandLine.arguments.isEmpty ? nil : CommandLine.arguments
    }
    var arguments: [String] = []
    while let text = list[arguments.count] { arguments.append(String(cString: text)) }
    return arguments
  }
}
