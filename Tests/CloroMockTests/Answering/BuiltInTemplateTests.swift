import CloroContract
import JSON
import Testing

@testable import CloroMock

extension Provider {
  fileprivate var isSearch: Bool { self == .google || self == .googleNews }
}

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

  static let allStyles = AnswerShapes.allCases.flatMap { shapes in
    AnswerVariety.allCases.map { AnswerStyle(shapes: shapes, variety: $0) }
  }

  @Test("Every style renders to a JSON object whose members stand once", arguments: cases)
  func styles(provider: Provider, revision: ContractRevision) throws {
    let template = ResultLibrary.compile(provider)
    let all = Self.flags(provider).reduce(Include()) { $0.union($1) }
    for style in Self.allStyles {
      for seed in 0..<20 as Range<UInt64> {
        for include in [all, []] {
          let object = try members(
            template,
            .make(provider, revision, include: include, legacy: true, seed: seed, style: style))
          #expect(Set(object.members.map(\.name)).count == object.members.count)
        }
      }
    }
  }

  @Test("No variety has a member that the fuller one hasn't", arguments: cases)
  func varieties(provider: Provider, revision: ContractRevision) throws {
    let template = ResultLibrary.compile(provider)
    let all = Self.flags(provider).reduce(Include()) { $0.union($1) }
    for shapes in AnswerShapes.allCases {
      for seed in 0..<20 as Range<UInt64> {
        let names = try AnswerVariety.allCases.map { variety in
          let object = try members(
            template,
            .make(
              provider, revision, include: all, seed: seed,
              style: AnswerStyle(shapes: shapes, variety: variety)))
          return Set(object.members.map(\.name))
        }
        #expect(names[0].isSuperset(of: names[1]) && names[1].isSuperset(of: names[2]))
      }
    }
  }

  @Test("An answer that draws each made-up brand names none that the question has")
  func brands() throws {
    for provider in Provider.allCases {
      let template = ResultLibrary.compile(provider)
      for seed in 0..<100 as Range<UInt64> {
        let plain = String(decoding: template.rendered(.make(provider, seed: seed)), as: UTF8.self)
        let brand = try #require(
          plain.split(whereSeparator: { !$0.isLetter }).first {
            BuiltInTemplateTests.firstBrands.contains(String($0))
          })
        let asked = template.rendered(
          .make(provider, question: "Is \(brand.uppercased())'s any good?", seed: seed))
        let again = try JSON(parsing: asked).object.map { object in
          JSONObject(object.members.filter { $0.name != "search_model_queries" })
        }
        let text = String(decoding: JSON.object(try #require(again)).encoded, as: UTF8.self)
        #expect(!text.lowercased().contains(brand.lowercased()), "\(provider) \(brand)")
      }
    }
  }

  /// The first brands of all templates.
  static let firstBrands: Set<String> = {
    let file = EmbeddedFiles.file("results/chatgpt")
    let texts = (try? JSON(parsing: file))?["$let"]?.array?.compactMap(\.string) ?? []
    let text = texts.first { $0.hasPrefix("{{name brand1: ") } ?? ""
    return Set(text.dropFirst(15).dropLast(2).split(separator: "|").map(String.init))
  }()

  @Test("A result page has nine numbered results, five at the least", arguments: [1, 3, 10])
  func pages(count: Int) throws {
    for (variety, each) in [(AnswerVariety.full, 9), (.sparse, 5)] {
      let object = try members(
        ResultLibrary.compile(.google),
        .make(.google, include: .html, pages: count, style: AnswerStyle(variety: variety)))
      let results = try #require(object["organicResults"]?.array)
      let numbers = 0..<Int64(each * count)
      #expect(results.map { $0["position"]?.integer } == numbers.map { $0 + 1 })
      #expect(results.map { $0["page"]?.integer } == numbers.map { $0 / Int64(each) + 1 })
      #expect(object["html"]?.array?.count == count)
    }
  }

  @Test("The identifier of the links stands where the renderer says", arguments: cases)
  func links(provider: Provider, revision: ContractRevision) throws {
    let input = ResultRenderer.Input.make(
      provider, revision, include: .html, pages: 2, link: 1, style: AnswerStyle(shapes: .live))
    let other = ResultRenderer.Input.make(
      provider, revision, include: .html, pages: 2, link: 2, style: AnswerStyle(shapes: .live))
    let library = ResultLibrary()
    var body: [UInt8] = []
    let links = library.writeBody(of: input, to: &body)
    #expect(links.count == (provider.isSearch ? 2 : 1))
    for link in links { body.replaceSubrange(link..<link + 36, with: other.id.text.utf8) }
    #expect(body == library.body(of: other) && body != library.body(of: input))
    let recent = RecentAnswers(library)
    for asked in [input, other, input] {
      var same = asked
      #expect(recent.body(of: &same) == library.body(of: asked) && same.link == asked.link)
    }
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
