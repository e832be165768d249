import ArgumentParser

/// The script by which a shell completes the command line: the parser's, and the options of the
/// default command, which may be given without its name and which the parser leaves out there.
struct CompletionScript {
  let text: String

  /// - Parameter words: The arguments.
  /// - Returns: nil unless they ask for a script of a shell that is known.
  init?(_ words: [String]) throws {
    guard words.count == 2, words[0] == "--generate-completion-script",
      let shell = CompletionShell(rawValue: words[1])
    else { return nil }
    var text = CloroMockCommand.completionScript(for: shell)
    let serve = ServeCommand.configuration.commandName ?? ""
    switch shell {
    case .zsh: text = Self.zsh(text, serve)
    case .fish: text = Self.fish(text, serve)
    default: text = Self.bash(text, serve)
    }
    self.text = text.hasSuffix("\n") ? text : text + "\n"
  }

  /// An option before any command is one of the default command, whose function completes it.
  private static func bash(_ script: String, _ serve: String) -> String {
    let first = "    __cloro-mock_offer_flags_options 0\n\n    # Offer subcommand"
    let byDefault = """
          if [[ "${unparsed_words[0]}" == -* ]]; then
              _cloro-mock_\(serve)
              return
          fi

      """
    return script.replacing(first, with: byDefault + first, maxReplacements: 1)
  }

  /// The default command's options are the program's, too.
  private static func zsh(_ script: String, _ serve: String) -> String {
    let list = "    local -ar arg_specs=(\n"
    guard
      let function = script.firstRange(of: "_cloro-mock_\(serve)() {\n    local -i ret=1\n"),
      let start = script[function.upperBound...].firstRange(of: list),
      let end = script[start.upperBound...].firstRange(of: "    )\n")
    else { return script }
    let values = script[function.upperBound..<start.lowerBound]
    let specs = script[start.upperBound..<end.lowerBound]
      .split(separator: "\n").filter { !$0.contains("--help") && !$0.contains("'--version[") }
      .map { $0 + "\n" }.joined()
    let command = "        '(-): :->command'\n"
    // The program's own function is the first.
    return script.replacing(list, with: values + list, maxReplacements: 1)
      .replacing(command, with: specs + command, maxReplacements: 1)
  }

  /// Each line about an option of the default command stands a second time, for the program alone.
  private static func fish(_ script: String, _ serve: String) -> String {
    let start = "        case '\(serve)'\n            __cloro-mock_parse_subcommand 0 "
    guard let parse = script.firstRange(of: start) else { return script }
    let specs = script[parse.upperBound...].prefix { $0 != "\n" }
    let program = "__cloro-mock_parse_subcommand 0 'version' 'h/help'\n"
    let own = "__cloro-mock_parse_subcommand 0 \(specs)\n"
    var lines: [Substring] = []
    let changed = script.replacing(program, with: own, maxReplacements: 1)
    for line in changed.split(separator: "\n", omittingEmptySubsequences: false) {
      lines.append(line)
      let commands = "\"cloro-mock \(serve)\""
      guard line.hasPrefix("complete "), line.contains(commands), !line.contains("'help'"),
        !line.contains("'version'")
      else { continue }
      lines.append(Substring(line.replacing(commands, with: "\"cloro-mock\"")))
    }
    return lines.joined(separator: "\n")
  }
}
