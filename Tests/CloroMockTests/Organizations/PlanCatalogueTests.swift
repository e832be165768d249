import Foundation
import JSON
import Testing

@testable import CloroMock

@Suite("Catalogue of plans")
struct PlanCatalogueTests {
  static let table: [(String, Int64, Int, Double)] = [
    ("free", 500, 1, 0), ("lite", 37_500, 10, 30), ("hobby", 250_000, 20, 100),
    ("starter", 650_000, 50, 250), ("growth", 1_350_000, 75, 500),
    ("business", 2_800_000, 100, 1000), ("enterprise-2k", 5_871_025, 135, 2000),
    ("enterprise-3k", 9_306_606, 175, 3000), ("enterprise-4k", 12_756_261, 215, 4000),
    ("enterprise-5k", 16_391_783, 255, 5000),
  ]

  /// The repository's folder.
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test("The built-in plans are the contract's ten, smallest first, defaults otherwise")
  func builtIn() throws {
    let catalogue = PlanCatalogue()
    #expect(catalogue.names == Self.table.map(\.0) && catalogue.plans.count == 10)
    #expect(catalogue.fixtureNames == [])
    for (name, credits, concurrency, usd) in Self.table {
      var plan = Plan(name: name, credits: credits, concurrency: concurrency)
      plan.usd = usd
      #expect(catalogue.plans[name] == plan)
    }
  }

  @Test("The embedded files are the repository's, byte for byte", arguments: ["plans", "results"])
  func embedded(folder: String) throws {
    let directory = Self.repository.appending(path: "Fixtures/\(folder)")
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
      .filter { $0.hasSuffix(".json") }
    let embedded = EmbeddedFiles.folder(folder)
    #expect(Set(names) == Set(embedded.map { "\($0.name).json" }))
    for file in embedded {
      let content = try Data(contentsOf: directory.appending(path: "\(file.name).json"))
      #expect(content.elementsEqual(file.bytes), "\(file.name)")
    }
  }

  private func add(_ files: (String, String)...) throws -> PlanCatalogue {
    var catalogue = PlanCatalogue()
    try catalogue.add(files.map { ($0.0, Array($0.1.utf8)) })
    return catalogue
  }

  @Test("A fixture's plan comes last, and the last one counts")
  func fixtures() throws {
    let catalogue = try add(
      ("a.json", #"{"plan":"a","credits":1}"#),
      ("b.json", #"{"plan":"b","extends":"a","concurrency":2}"#),
      ("c.json", #"{"plan":"a","extends":"lite"}"#))
    #expect(catalogue.names.suffix(2) == ["a", "b"] && catalogue.fixtureNames == ["b", "a"])
    #expect(catalogue.plans["a"]?.credits == 37_500)
    #expect(catalogue.plans["b"] == Plan(name: "b", credits: 1, concurrency: 2))
  }

  @Test("A fixture may change a built-in plan")
  func changed() throws {
    let catalogue = try add(("hobby.json", #"{"plan":"hobby","concurrency":3}"#))
    #expect(catalogue.names.count == 10)
    var plan = Plan(name: "hobby", credits: 250_000, concurrency: 3)
    plan.usd = 100
    #expect(catalogue.plans["hobby"] == plan)
  }

  @Test("Every problem of every file is reported with the file's name")
  func problems() {
    let key = PlanCatalogue.defaultKey
    let keys = #""keys":[{"key":"\#(key)","organization":"o"}]"#
    do {
      _ = try add(
        ("a.json", #"{"plan":"a","credits":-1,"huh":1}"#), ("b.json", "{"),
        ("c.json", #"{"plan":"c",\#(keys)}"#), ("d.json", #"{"plan":"d",\#(keys)}"#))
      Issue.record("accepted")
    } catch let error as PlanCatalogue.Invalid {
      #expect(
        error.problems.map { $0.prefix { $0 != ":" } } == ["a.json", "a.json", "b.json", "d.json"])
      #expect(error.problems[0].hasPrefix("a.json: credits: expected a whole number from 0 to"))
      #expect(error.problems[1].hasPrefix("a.json: huh: unknown member"))
      #expect(error.problems[2].hasPrefix("b.json: not JSON: "))
      #expect(error.problems[3] == "d.json: keys[0].key: stands in c.json too")
      #expect(error.description == error.problems.joined(separator: "\n"))
    } catch {
      Issue.record(error)
    }
  }

  @Test("A refused file changes nothing")
  func refused() {
    var catalogue = PlanCatalogue()
    #expect(throws: PlanCatalogue.Invalid.self) {
      try catalogue.add([("a.json", Array(#"{"plan":"hobby","credits":7,"x":1}"#.utf8))])
    }
    #expect(catalogue.plans["hobby"]?.credits == 250_000 && catalogue.fixtureNames == [])
  }
}
