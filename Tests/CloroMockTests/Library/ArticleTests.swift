import Foundation
import Testing

@testable import CloroMock

@Suite("The articles say what is true", .timeLimit(.minutes(5)))
struct ArticleTests {
  @Test("Every Swift example stands in a test", arguments: Article.all)
  func swift(article: Article) throws {
    let sources = try Article.testSources.map(Article.withoutIndentation)
    for block in article.blocks("swift") {
      let wanted = Article.withoutIndentation(block)
      #expect(sources.contains { $0.contains(wanted) }, "in no test of \(article):\n\(block)")
    }
  }

  @Test("Every fixture is valid, and every weather", arguments: Article.all)
  func fixtures(article: Article) throws {
    for block in article.blocks("json") {
      #expect(throws: Never.self) {
        if Weather.isWeather(Array(block.utf8)) {
          _ = try Weather(file: article.name, Array(block.utf8))
        } else {
          _ = try MockConfiguration(fixtureFile: block.utf8, name: article.name)
        }
      }
    }
  }

  @Test("Every request of the shell examples is answered as it says", arguments: Article.all)
  func shell(article: Article) async throws {
    try await withMock(plan: "hobby", clock: .manual) { mock in
      for block in article.blocks("sh") {
        for example in try CurlExample.all(in: block) {
          let answer = try await example.send(to: mock.url)
          #expect(answer.status == example.status, "\(article): \(example.line)")
          if let expected = example.body {
            #expect(
              answer.body.map { CurlExample.contains($0, expected) } == true,
              "\(article): \(example.line) answered \(answer.text)")
          }
        }
      }
    }
  }

  @Test("Agents get each article with all its code, and without what DocC alone reads")
  func plain() throws {
    for (name, bytes) in EmbeddedFiles.folder("articles") {
      let article = try #require(Article.all.first { $0.name == name })
      let plain = Article(name: name, text: ArticleText.plain(bytes))
      for language in ["sh", "python", "js", "swift", "json", "text"] {
        #expect(plain.blocks(language) == article.blocks(language))
      }
      let lines = plain.text.split(separator: "\n")
      #expect(!lines.contains { $0.hasPrefix("@") } && !plain.text.contains("<doc:"))
      let tabs = article.text.components(separatedBy: "\n@Tab(\"Python\") {\n").count
      #expect(plain.text.components(separatedBy: "\n#### Python\n").count == tabs)
    }
  }

  @Test("The first page leads to every article")
  func index() throws {
    let first = try #require(Article.all.first { $0.name == "CloroMock" })
    for article in Article.all where article.name != first.name {
      #expect(first.text.contains("<doc:\(article.name)>"))
    }
    #expect(Article.all.count >= 10)
  }
}
