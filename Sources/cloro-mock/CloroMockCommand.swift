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

      Shell completions: cloro-mock --generate-completion-script bash (or zsh, fish).
      """,
    version: Version.text,
    subcommands: [
      ServeCommand.self, RunCommand.self, EnvCommand.self, CheckCommand.self, PlansCommand.self,
      LedgerCommand.self, ForecastCommand.self, HealthcheckCommand.self,
    ],
    defaultSubcommand: ServeCommand.self)
}

extension ExitCode {
  /// A fixture file can't be used.
  static let badFixture = ExitCode(65)
}
