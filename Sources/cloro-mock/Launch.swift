import ArgumentParser
import CLaunch
import JSON
import Platform

/// The program's entry.
@main
enum Launch {
  static func main() {
    guard let arguments else {
      Message.write("the arguments can't be read, because /proc is missing")
      System.exitImmediately(1)
    }
    run(Array(arguments.dropFirst()))
  }

  private static func run(_ words: [String]) {
    do {
      try refuseUnknownCommand(words)
      if let script = try CompletionScript(words) { return try StandardOutput.write(script.text) }
      if let command = serveCommand(words) { return try command.run() }
      var command = try CloroMockCommand.parseAsRoot(words)
      try command.run()
    } catch {
      end(with: error)
    }
  }

  /// The command to start a server, if the words are that and nothing is wrong with them.
  ///
  /// The parser reflects on each option once more when it begins at the root, to find out about the
  /// default command, and that would be a tenth of what a start takes. Who made a mistake, or asks
  /// for help, has the time: the root has the texts for them.
  private static func serveCommand(_ words: [String]) -> ServeCommand? {
    let options =
      words.first == ServeCommand.configuration.commandName
      ? words.dropFirst() : words[...]
    guard options.first?.hasPrefix("-") ?? true else { return nil }
    return try? ServeCommand.parseAsRoot(Array(options)) as? ServeCommand
  }

  /// Refuses a first word that is no command. The parser would take it for an argument of the
  /// default command, which has none, and couldn't name the nearest one.
  private static func refuseUnknownCommand(_ words: [String]) throws {
    guard let word = words.first, !word.hasPrefix("-") else { return }
    let names = CloroMockCommand.commandNames
    guard !names.contains(word) else { return }
    let shown = ShownText.value(word)
    Message.write("\"\(shown)\" is no command\(ObjectReader.alternatives(to: word, in: names))")
    throw ExitCode.validationFailure
  }

  /// Ends the process as the parser would, but with the prefix that all messages have.
  private static func end(with error: any Error) -> Never {
    let code = CloroMockCommand.exitCode(for: error).rawValue
    let text = CloroMockCommand.fullMessage(for: error)
    if code == ExitCode.success.rawValue {
      let isWritten = (try? StandardOutput.write(text.isEmpty ? "" : text + "\n")) != nil
      System.exitImmediately(isWritten ? 0 : 1)
    }
    if !text.isEmpty {
      let own = text.hasPrefix("Error: ") ? String(text.dropFirst("Error: ".count)) : text
      Message.write(own)
    }
    System.exitImmediately(code)
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
