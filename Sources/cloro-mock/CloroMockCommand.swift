import ArgumentParser

/// The command line of the double.
struct CloroMockCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cloro-mock",
    abstract: "cloro's API on this machine, for tests: the same paths, headers, bodies and limits.",
    discussion: """
      Examples:
        cloro-mock                                    the hobby plan on port 8080
        cloro-mock --plan free --port 0               a small plan on any free port
        cloro-mock --fixture team.json --clock manual your own limits, time under control
        cloro-mock run -- pytest                      a command, and a double for as long as it runs
        cloro-mock check team.json                    what is wrong with a fixture file

      Exit codes: 0 when it has ended well, 1 when something has failed (the port is in use, the \
      disk is full), 64 when it was called wrongly, 65 when a fixture file can't be used.

      Shell completions: cloro-mock --generate-completion-script bash (or zsh, fish).
      """,
    version: Version.text,
    subcommands: [
      ServeCommand.self, RunCommand.self, EnvCommand.self, CheckCommand.self, SchemaCommand.self,
      PlansCommand.self, KeysCommand.self,
      LedgerCommand.self, SnapshotCommand.self, ForecastCommand.self, DriftCommand.self,
      ShapesCommand.self, MCPCommand.self, HealthcheckCommand.self,
    ],
    defaultSubcommand: ServeCommand.self)

  /// What may be the first word.
  static var commandNames: [String] {
    configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
  }
}

extension ExitCode {
  /// A fixture file can't be used.
  static let badFixture = ExitCode(65)
}
