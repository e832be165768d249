import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Built-in result templates")
struct BuiltInTemplateTests {
  static let cases: [(Provider, ContractRevision)] = Provider.allCases.flatMap { provider in
    ContractRevision.allCases.map { (provider, $0) }
  }

  /// A provider's flags in all revisions.
  static func flags(_ provider: Provider) -> [Include] {
    switch provider {
    case .chatgpt: [.html, .markdown, .rawResponse, .searchQueries, .ads, .shopping]
    case .gemini, .grok, .copilot, .perplexity: [.html, .markdown, .rawResponse]
    case .aimode: [.html, .markdown, .expandProducts, .googleGoto]
    case .google: [.html, .aiOverview, [.aiOverview, .aiOverviewMarkdown], .peopleAlsoAskOverview]
    case .googleNews: [.html]
    }
  }

  static func combinations(_ provider: Provider) -> Set<Include> {
    flags(provider).reduce(into: [[]]) { sets, flag in sets.formUnion(sets.map { $0.union(flag) }) }
  }

  private func members(
    _ template: ResultTemplate, _ input: ResultRenderer.Input
  ) throws -> JSONObject {
    let bytes = template.rendered(input)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(!text.contains("{{") && !text.contains("}}\"") && !text.contains("://."))
    #expect(!["\"$if", "\"$repeat", "\"$of", "\"$as"].contains { text.contains($0) })
    return try #require(try JSON(parsing: bytes).object)
  }

  @Test("Every combination renders to a JSON object whose members stand once", arguments: cases)
  func combinations(provider: Provider, revision: ContractRevision) throws {
    let template = ResultLibrary.compile(provider)
    for include in Self.combinations(provider) {
      for (device, legacy, offline) in [
        (MonitorRequest.Device.desktop, false, false), (.ios, true, false), (.desktop, false, true),
        (.mobile, true, true),
      ] {
        let object = try members(
          template,
          .make(
            provider, revision, include: include, device: device, pages: 2, legacy: legacy,
            disableWebSearch: offline))
        #expect(Set(object.members.map(\.name)).count == object.members.count)
        #expect((object["html"] != nil) == include.contains(.html))
      }
    }
  }

  @Test("The same seed gives the same bytes, another one others", arguments: cases)
  func deterministic(provider: Provider, revision: ContractRevision) {
    let template = ResultLibrary.compile(provider)
    let first = template.rendered(.make(provider, revision, seed: 77))
    #expect(first == ResultLibrary.compile(provider).rendered(.make(provider, revision, seed: 77)))
    #expect(first != template.rendered(.make(provider, revision, seed: 78)))
  }

  @Test("Switching one flag on leaves the members that don't name it as they are", arguments: cases)
  func unchanged(provider: Provider, revision: ContractRevision) throws {
    let template = ResultLibrary.compile(provider)
    let file = try #require(
      EmbeddedFiles.folder("results").first { $0.name == provider.row.resultFile })
    let source = try #require(try JSON(parsing: file.bytes).object)
    for flag in Self.flags(provider) {
      let word = "include." + (Include.named.last { flag.contains($0.flag) }?.name ?? "")
      let dependent = source.members.filter { member in
        String(decoding: JSON.object(JSONObject([member])).encoded, as: UTF8.self).contains(
          flag.contains(.aiOverview) ? "include.aioverview" : word)
      }.map { $0.name.prefix { $0 != "?" } }
      for include in Self.combinations(provider) where include.isDisjoint(with: flag) {
        let before = try members(template, .make(provider, revision, include: include))
        let after = try members(template, .make(provider, revision, include: include.union(flag)))
        for name in Set(before.members.map(\.name) + after.members.map(\.name)) {
          guard !dependent.contains(name[...]) else { continue }
          #expect(before[name] == after[name], "\(word): \(name)")
        }
      }
    }
  }

  @Test("Any question stands in the result as it was asked", arguments: Provider.allCases)
  func questions(provider: Provider) throws {
    let template = ResultLibrary.compile(provider)
    for question in [
      "\"", "\\", "a\nb\u{0}\u{1F}", "{{brand1}}", "日本語？", "👩‍👩‍👧\u{301}", "?", "  ",
    ] {
      let result = try JSON(parsing: template.rendered(.make(provider, question: question)))
      #expect(result["text"]?.string.map { $0.contains(question) } ?? true)
      #expect([.google, .googleNews].contains(provider) == (result["text"] == nil))
    }
  }

  @Test("A result page has ten numbered results", arguments: [1, 3, 10])
  func pages(count: Int) throws {
    let object = try members(
      ResultLibrary.compile(.google), .make(.google, include: .html, pages: count))
    let results = try #require(object["organicResults"]?.array)
    #expect(results.map { $0["position"]?.integer } == (1...Int64(10 * count)).map(Optional.some))
    #expect(results.map { $0["page"]?.integer } == (0..<Int64(10 * count)).map { $0 / 10 + 1 })
    #expect(object["html"]?.array?.count == count)
  }

  @Test("The expanded products are as many as are charged")
  func products() throws {
    let template = ResultLibrary.compile(.aimode)
    for seed in 0..<20 as Range<UInt64> {
      let object = try members(
        template, .make(.aimode, .october2026, include: .expandProducts, seed: seed))
      #expect(
        object["productResults"]?.array?.count == ResultRenderer.productClusters(seed: seed))
    }
  }
}
