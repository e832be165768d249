import CloroContract
import JSON

/// The texts for language models: an index, the whole manual, and a skill. They are made of files
/// that the binary carries, the same for everybody, and need no admin token.
struct AgentPages: Sendable {
  static let routes = [
    ControlRoute(.get, "llms.txt", isOpen: true) { _ in page(index, "text/plain") },
    ControlRoute(.get, "llms-full.txt", isOpen: true) { _ in
      page(index + "\n" + articles.map(\.text).joined(separator: "\n"), "text/plain")
    },
    ControlRoute(.get, "skill.md", isOpen: true) { _ in
      ControlAnswer(
        file: Array(EmbeddedFiles.file("skill")), contentType: "text/markdown; charset=utf-8")
    },
  ]

  private static func page(_ text: String, _ type: String) -> ControlAnswer {
    ControlAnswer(text: text, contentType: "\(type); charset=utf-8")
  }

  private struct Article {
    let title: String
    /// The sentence below the title.
    let abstract: String
    /// Without what DocC alone reads.
    let text: String

    init(_ text: String) {
      self.text = text
      let lines = text.split(separator: "\n")
      title = lines.first.map { String($0.drop { $0 == "#" || $0 == " " }) } ?? ""
      abstract = lines.dropFirst().first.map(String.init) ?? ""
    }
  }

  private static var articles: [Article] { ArticleText.all.map { Article($0.text) } }

  /// The form of llmstxt.org: a title, a summary, and lists of what there is.
  private static var index: String {
    let moves = """
      # cloro-mock

      > A test double of cloro's paid API: the same paths, headers, bodies, prices and limits, on \
      this machine and for nothing. Agents use it by the Model Context Protocol at /_mock/mcp, or \
      by `cloro-mock mcp`.

      Mint a key for each test, provoke what it should meet, read why it was refused, let time \
      pass, and verify what the client did.

      ## Start

      - [Skill](/_mock/skill.md): when to use the double, the moves and the traps
      - [Whole manual](/_mock/llms-full.txt): the articles below as one text
      - [OpenAPI description](/_mock/openapi.json): both /v1 and /_mock
      - [Rules of the contract](/_mock/conformance): each with its evidence
      - [Schema of fixtures](/_mock/fixture.schema.json): plans, limits, faults, stubs

      ## Articles

      """
    let list = articles.map { "- [\($0.title)](/_mock/llms-full.txt): \($0.abstract)" }
    return moves + "\n" + list.joined(separator: "\n") + "\n\n## Control calls\n\n" + calls
  }

  /// Each control call with its summary.
  private static var calls: String {
    guard let description = try? JSON(parsing: EmbeddedFiles.file("openapi")) else {
      preconditionFailure("The description is no JSON.")
    }
    var text = ""
    for path in description["paths"]?.object?.members ?? [] where path.name.hasPrefix("/_mock/") {
      for method in path.value.object?.members ?? [] {
        text +=
          "- `\(method.name.uppercased()) \(path.name)`: \(method.value["summary"]?.string ?? "")\n"
      }
    }
    return text
  }
}
