import ArgumentParser
import CloroMock
import JSON
import Platform

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Snapshots of a running double, to and from files.
struct SnapshotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Save a running double's state to a file, or load it from one.",
    discussion: """
      The file is readable JSON with all that a restore brings back, keys and webhooks' secrets \
      included. cloro-mock --snapshot FILE starts a double from it. Exits with 1 when no double \
      answers, or it refuses.
      """,
    subcommands: [Save.self, Load.self, List.self, Delete.self])

  /// Which double is meant.
  struct Target: ParsableArguments {
    @Option(help: "The double's address. (default: this machine, CLORO_MOCK_PORT, PORT or 8080)")
    var url: String?

    @Option(help: "Its admin token. (default: CLORO_MOCK_ADMIN_TOKEN)")
    var adminToken: String?

    /// How long the double may be silent, in seconds: a large state takes some.
    private static let patience = 30.0

    func ask(_ method: String, _ path: String, _ body: [UInt8]? = nil) throws -> String {
      let double = try RunningDouble(
        url, token: adminToken, in: ProcessInfo.processInfo.environment,
        patience: Self.patience)
      do throws(RunningDouble.Failure) {
        return try double.ask(method, path, body)
      } catch {
        Message.write(error.reason)
        throw ExitCode.failure
      }
    }
  }

  /// The name that a file's snapshot has in the double: the file's own without its ending.
  private static func name(_ given: String?, _ file: String) -> String {
    if let given { return given }
    let last = file.split(separator: "/").last.map(String.init) ?? file
    let stem = last.hasSuffix(".json") ? String(last.dropLast(5)) : last
    return stem.isEmpty ? "snapshot" : stem
  }

  /// The path of a snapshot. Every byte that isn't a letter or a digit is encoded.
  private static func path(_ name: String, _ rest: String = "", key: String? = nil) -> String {
    func encoded(_ text: String) -> String {
      text.utf8.reduce(into: "") { output, byte in
        let character = Character(UnicodeScalar(byte))
        if character.isASCII, character.isLetter || character.isNumber || byte == 0x5F {
          output.append(character)
        } else {
          let digits = String(byte, radix: 16, uppercase: true)
          output += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
      }
    }
    return "snapshots/\(encoded(name))\(rest)" + (key.map { "?key=\(encoded($0))" } ?? "")
  }

  struct Save: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Save the state to a file, which only its owner may read.")

    @Argument(help: "The file.", completion: .file(extensions: ["json"]))
    var file: String

    @Option(help: "The snapshot's name in the double. (default: the file's, without .json)")
    var name: String?

    @Option(help: "Save only the organization of this key.")
    var key: String?

    @OptionGroup var double: Target

    func run() throws {
      let name = SnapshotCommand.name(name, file)
      _ = try double.ask("POST", SnapshotCommand.path(name, key: key))
      let document = try double.ask("GET", SnapshotCommand.path(name))
      do throws(OutputFile.Failure) {
        try OutputFile.write(Array("\(document)\n".utf8), to: file, isSecret: true)
      } catch {
        Message.write("\(error)")
        throw ExitCode.failure
      }
    }
  }

  struct Load: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring the state of a file back in a running double.",
      discussion: "The double's clock stays as it is.")

    @Argument(help: "The file.", completion: .file(extensions: ["json"]))
    var file: String

    @Option(help: "The snapshot's name in the double. (default: the file's, without .json)")
    var name: String?

    @Option(help: "Bring back only the organization of this key.")
    var key: String?

    @OptionGroup var double: Target

    func run() throws {
      let content: [UInt8]
      do throws(SystemError) {
        content = try System.contents(of: file)
      } catch {
        Message.write("\(ShownText.message(file)): can't be read: \(error.reason)")
        throw ExitCode.badFixture
      }
      let most = MockConfiguration().limits.body
      guard content.count <= most else {
        Message.write(
          "\(ShownText.message(file)): \(content.count) bytes are more than the \(most) that a "
            + "running double takes: start one from it by cloro-mock --snapshot FILE")
        throw ExitCode.failure
      }
      let name = SnapshotCommand.name(name, file)
      _ = try double.ask("PUT", SnapshotCommand.path(name), content)
      _ = try double.ask("POST", SnapshotCommand.path(name, "/restore", key: key))
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the names of the double's snapshots with their times.")

    @OptionGroup var double: Target

    func run() throws {
      let content = try double.ask("GET", "snapshots")
      let answer = try? JSON(parsing: Array(content.utf8))
      let lines = (answer?["snapshots"]?.array ?? []).map { snapshot in
        let name = ShownText.value(snapshot["id"]?.string ?? "")
        return "\(name) \(snapshot["at"]?.string ?? "")\n"
      }
      try StandardOutput.write(lines.joined())
    }
  }

  struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a snapshot from the double's memory.")

    @Argument(help: "The snapshot's name.")
    var name: String

    @OptionGroup var double: Target

    func run() throws { _ = try double.ask("DELETE", SnapshotCommand.path(name)) }
  }
}
