import ArgumentParser
import JSON
import Platform

/// Variables of the environment that look like the double's own, and that nothing reads.
enum UnknownVariables {
  private static let prefix = "CLORO_MOCK_"

  /// What follows the prefix in names that no option has: those that clients, other commands or the
  /// package's builds and tests read.
  private static let others = [
    "BINARY", "COMMIT", "FUZZ", "PACKAGES", "UPSTREAM", "UPSTREAM_KEY", "URL",
    "WARNINGS_AS_ERRORS",
  ]

  /// Refuses a variable that is nearly one of the known ones: it is misspelt, and like a misspelt
  /// option it must not go unnoticed. Another one is only mentioned, for the prefix isn't the
  /// double's alone: Kubernetes gives pods such variables for a service of that name, and a script
  /// may have some of its own.
  ///
  /// - Throws: Exit code 64, after a line for each on standard error.
  static func refuse(in environment: [String: String]) throws {
    let given = environment.filter { $0.key.hasPrefix(prefix) && !$0.value.isEmpty }.keys.sorted()
    guard !given.isEmpty else { return }
    let known = options + others
    var isRefused = false
    for name in given {
      let own = String(name.dropFirst(prefix.count))
      guard !known.contains(own) else { continue }
      if let nearest = ObjectReader.nearest(own, known) {
        isRefused = true
        Message.write(
          "\(ShownText.value(name)): there is no such variable, did you mean "
            + "\"\(prefix)\(nearest)\"?")
      } else {
        Message.write("\(ShownText.value(name)): nothing reads this variable")
      }
    }
    if isRefused { throw ExitCode.validationFailure }
  }

  /// What follows the prefix in the names of the options' variables: each option has one.
  private static var options: [String] {
    let described = try? JSON(parsing: RunCommand._dumpHelp().utf8)
    let arguments = described?["command"]?["arguments"]?.array ?? []
    let names = arguments.compactMap { $0["preferredName"]?["name"]?.string }
    return names.filter { $0 != "help" && $0 != "version" }.map {
      $0.uppercased().replacing("-", with: "_")
    }
  }
}
