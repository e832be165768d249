import Foundation
import Testing

/// An article of the documentation catalogue, as it is in the sources.
struct Article: CustomTestStringConvertible, Sendable {
  let name: String
  let text: String

  var testDescription: String { name }

  private static let package = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let all: [Article] = {
    let folder = package.appending(path: "Sources/CloroMock/CloroMock.docc")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".md") }.sorted().compactMap { file in
      (try? String(contentsOf: folder.appending(path: file), encoding: .utf8)).map {
        Article(name: String(file.dropLast(3)), text: $0)
      }
    }
  }()

  /// The sources in which the articles' Swift examples are compiled and run.
  static var testSources: [String] {
    get throws {
      let folder = package.appending(path: "Tests/CloroMockTests/Library")
      return try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix("ExampleTests.swift") }
        .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
    }
  }

  /// The fenced blocks of a language.
  func blocks(_ language: String) -> [String] {
    text.components(separatedBy: "\n```\(language)\n").dropFirst().map { rest in
      rest.components(separatedBy: "\n```")[0]
    }
  }

  static func withoutIndentation(_ text: String) -> String {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }
}
