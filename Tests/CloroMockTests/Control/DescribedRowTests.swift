import CloroContract
import Foundation
import JSON
import Testing

@testable import CloroMock

/// Holds the rows of settings and fault kinds together with the two documents that describe them:
/// the schema of fixtures and the OpenAPI description.
@Suite("What is listed as rows is what is described")
struct DescribedRowTests {
  private let schema: JSON
  private let openapi: JSON

  init() throws {
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    func read(_ path: String) throws -> JSON {
      try JSON(parsing: Array(Data(contentsOf: root.appending(path: "Fixtures/\(path)"))))
    }
    schema = try read("schema/fixture.schema.json")
    openapi = try read("openapi.json")
  }

  private func described(_ name: String) throws -> JSON {
    try #require(openapi["components"]?["schemas"]?[name])
  }

  /// The bounds of a described number.
  private static func range(_ description: JSON?) -> ClosedRange<Int64>? {
    guard let low = description?["minimum"]?.integer, let high = description?["maximum"]?.integer
    else { return nil }
    return low...high
  }

  private static func properties(_ description: JSON) -> [String: JSON] {
    let members = description["properties"]?.object?.members ?? []
    return Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
  }

  /// Expects that a description has the members of the rows with their bounds, and no other.
  private func expect<Root>(_ description: JSON, has members: [ObjectMember<Root>]) {
    let properties = Self.properties(description)
    #expect(members.map(\.name).sorted() == properties.keys.sorted())
    for member in members {
      #expect(Self.range(properties[member.name]) == member.range, "\(member.name)")
    }
    #expect(description["additionalProperties"] == false)
  }

  // MARK: Settings

  @Test("The OpenAPI description has each setting of a key where one is minted or changed")
  func settingsInOpenAPI() throws {
    expect(try described("KeyOrder"), has: KeyOrder.members)
    expect(try described("KeyChange"), has: KeyChange.members)
  }

  /// Where a fixture says what a setting of a key says; empty where no fixture can.
  private static let fixtures: [String: [String]] = [
    "plan": ["plan"], "credits": ["credits"], "concurrency": ["concurrency"],
    "requestsPerSecond": ["rateLimit", "requestsPerSecond"], "queueLimit": ["queueLimit"],
    "latency": ["latency", "default"], "progression": ["progression"], "seed": [],
    "webhookSecret": ["webhooks", "secret"], "webhookMode": ["webhooks", "mode"],
    "webhookTimeoutSeconds": ["webhooks", "timeoutSeconds"], "contract": ["contract"],
    "shapes": ["shapes"], "variety": ["variety"], "repeat": ["repeat"],
    "unknownMembers": ["unknownMembers"], "holdSync": ["holdSync"], "label": ["label"],
    "budget": ["budget"], "weather": ["weather"],
  ]

  @Test("The fixtures' schema has each setting of a key with the same bounds")
  func settingsInSchema() throws {
    #expect(KeySettings.members.map(\.name).sorted() == Self.fixtures.keys.sorted())
    for member in KeySettings.members {
      let path = try #require(Self.fixtures[member.name])
      guard !path.isEmpty else { continue }
      let description = path.reduce(schema as JSON?) { $0?["properties"]?[$1] }
      #expect(description != nil && Self.range(description) == member.range, "\(member.name)")
    }
  }

  @Test("The fixtures' schema has the countries, and the routes of faults, as they are")
  func names() throws {
    let countries = try #require(schema["$defs"]?["country"]?["enum"]?.array)
    #expect(countries.map(\.string) == Country.codes)
    let paths = try #require(schema["$defs"]?["path"]?["anyOf"]?.array?.first?["enum"]?.array)
    let routes = Endpoint.all.filter { $0.kind != .unknown }.map(\.path)
    #expect(Set(paths.compactMap(\.string)) == Set(routes) && paths.count == Set(routes).count)
  }

  @Test("The fixtures' schema has the codes of each status")
  func codes() throws {
    let conditions = try #require(schema["$defs"]?["documentedCode"]?["allOf"]?.array)
    var described: [Int: Set<String>] = [:]
    for each in conditions {
      let status = try #require(each["if"]?["properties"]?["status"]?["const"]?.integer)
      let codes = try #require(each["then"]?["properties"]?["code"]?["enum"]?.array)
      described[Int(status)] = Set(codes.compactMap(\.string))
    }
    let documented = DocumentedError.errors.mapValues { errors in
      Set(
        errors.flatMap { error in
          ContractRevision.allCases.map { error.form(in: $0).code }
        })
    }
    #expect(described == documented)
  }

  // MARK: Faults

  /// The kinds that a description has, each with its own.
  private static func kinds(_ description: JSON) throws -> [String: JSON] {
    var kinds: [String: JSON] = [:]
    for kind in try #require(description["oneOf"]?.array) {
      let name = try #require(kind["properties"]?["kind"])
      let names = name["const"].map { [$0] } ?? name["enum"]?.array ?? []
      for name in try names.map({ try #require($0.string) }) {
        #expect(kinds.updateValue(kind, forKey: name) == nil, "\(name) stands twice")
      }
    }
    return kinds
  }

  /// A description without what it refers to.
  private func resolved(_ description: JSON) -> JSON {
    guard let name = description["$ref"]?.string?.split(separator: "/").last else {
      return description
    }
    return schema["$defs"]?[String(name)] ?? description
  }

  @Test("Schema and OpenAPI description have each kind of fault with its members, and no other")
  func faultKinds() throws {
    for document in [try described("FaultKind"), try #require(schema["$defs"]?["faultKind"])] {
      let kinds = try Self.kinds(document)
      #expect(kinds.keys.sorted() == FaultKindRow.all.map(\.name).sorted())
      for row in FaultKindRow.all {
        let kind = try #require(kinds[row.name])
        var properties = Self.properties(kind).mapValues(resolved)
        properties["kind"] = nil
        #expect(properties.keys.sorted() == row.members.map(\.name).sorted(), "\(row.name)")
        for member in row.members {
          #expect(Self.range(properties[member.name]) == member.range, "\(member.name)")
        }
        let required = ["kind"] + (row.required.map { [$0] } ?? [])
        #expect(kind["required"]?.array?.map(\.string) == required, "\(row.name)")
        #expect(kind["additionalProperties"] == false)
      }
    }
  }

  @Test("A kind of fault reads as it is written, and so do the described defaults")
  func defaults() throws {
    let kinds = try Self.kinds(try described("FaultKind"))
    for row in FaultKindRow.all where row.required == nil {
      var written: JSONObject = ["kind": .string(row.name)]
      let short = FaultKind(.object(written))
      for (name, property) in Self.properties(try #require(kinds[row.name])) {
        if let value = property["default"] { written.append(name, value) }
      }
      let long = FaultKind(.object(written))
      #expect(short.effect != nil && short.effect == long.effect, "\(row.name)")
      #expect(short.point == row.point)
    }
  }
}
