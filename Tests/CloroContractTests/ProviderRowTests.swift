import Foundation
import JSON
import Testing

@testable import CloroContract

/// Rows, fixture schema and OpenAPI description agree on the providers.
@Suite("Provider rows")
struct ProviderRowTests {
  private static let names = Provider.allCases.map(\.rawValue)

  // MARK: The rows by themselves

  @Test("Each provider has its row, at its position")
  func positions() {
    #expect(Provider.rows.map(\.provider) == Provider.allCases)
    #expect(Provider.allCases.map(\.index) == Array(Provider.allCases.indices))
    #expect(ExtraPrice.allCases.map(\.index) == Array(ExtraPrice.allCases.indices))
  }

  @Test("Each extra has a published price", arguments: ContractRevision.allCases)
  func extras(revision: ContractRevision) {
    #expect(Set(ExtraPrice.published[revision].keys) == Set(ExtraPrice.allCases))
  }

  @Test("No member, flag or surcharge stands twice in a row", arguments: Provider.inRevisions)
  func once(provider: Provider, revision: ContractRevision) {
    let terms = provider.row.terms[revision]
    for names in [terms.fields.map(\.name), terms.flags.map(\.name)] {
      #expect(Set(names).count == names.count, "\(names)")
    }
    #expect(Set(terms.surcharges).count == terms.surcharges.count && !terms.flags.isEmpty)
    #expect(Set(terms.rules).count == terms.rules.count)
    #expect(terms.blockedCountries.isSubset(of: Country.codes))
  }

  @Test("What makes an answer dearer can be asked for", arguments: Provider.inRevisions)
  func surcharges(provider: Provider, revision: ContractRevision) {
    let terms = provider.row.terms[revision]
    let fields = terms.fields.map(\.name)
    let flags = terms.flags.reduce(into: Include()) { $0.formUnion($1.flag) }
    for surcharge in terms.surcharges {
      switch surcharge {
      case .anyOf(let asked, _): #expect(flags.isSuperset(of: asked))
      case .state: #expect(fields.contains("state"))
      case .furtherPages: #expect(fields.contains("pages"))
      case .productClusters: #expect(flags.contains(.expandProducts))
      }
    }
    #expect(fields.contains("state") == terms.surcharges.contains(.state))
    #expect(fields.contains("pages") == terms.surcharges.contains(.furtherPages))
    #expect(flags.contains(.expandProducts) == terms.surcharges.contains(.productClusters))
  }

  @Test("Each provider has its own result file, and there is no other")
  func resultFiles() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Fixture.path("results"))
    #expect(Provider.rows.map { $0.resultFile + ".json" }.sorted() == files.sorted())
  }

  // MARK: The schema of fixtures

  @Test("A fixture prices each provider and each extra, and nothing else")
  func pricing() throws {
    let members = try Fixture.schema.at("properties", "pricing", "properties").names
    #expect(members == Self.names + ExtraPrice.allCases.map(\.rawValue))
  }

  @Test("A fixture gives each provider a latency, beside the default")
  func latency() throws {
    let members = try Fixture.schema.at("properties", "latency", "properties").names
    #expect(members == ["default"] + Self.names)
  }

  @Test("A fixture's lists of providers are whole")
  func lists() throws {
    let schema = try Fixture.schema
    #expect(try schema.at("properties", "unavailable", "items", "enum").texts == Self.names)
    #expect(try schema.at("$defs", "provider", "enum").texts == Self.names)
    for rule in ["response", "fault"] {
      let match = try schema.at("$defs", rule, "properties", "match", "properties", "provider")
      #expect(match["$ref"]?.string == "#/$defs/provider")
    }
  }

  // MARK: The OpenAPI description

  @Test(
    "The description has the monitors' paths and no other", arguments: ContractRevision.allCases)
  func paths(revision: ContractRevision) throws {
    let described = try Fixture.description(of: revision).at("paths").names
    let monitors = described.filter { $0.hasPrefix("/v1/monitor/") }
    let served = Endpoint.all.filter { $0.isServed(in: revision) }.map(\.path)
    #expect(monitors == served.filter { $0.hasPrefix("/v1/monitor/") })
    #expect(monitors.filter { $0 != "/v1/monitor/google/goto" } == Provider.allCases.map(\.path))
  }

  @Test(
    "The description lists all providers wherever it lists any",
    arguments: ContractRevision.allCases)
  func enumerations(revision: ContractRevision) throws {
    let description = try Fixture.description(of: revision)
    let schemas = try description.at("components", "schemas")
    #expect(try schemas.at("TaskType", "enum").texts == Provider.taskTypes.map(\.taskType))
    for match in ["FaultMatch", "StubMatch"] {
      #expect(try schemas.at(match, "properties", "provider", "enum").texts == Self.names)
    }
    let parameter = try #require(
      try description.at("paths", "/v1/countries", "get", "parameters").array?.first)
    #expect(try parameter.at("schema", "enum").texts == Country.models(in: revision))
  }

  @Test("A task's payload is what its provider's path takes", arguments: ContractRevision.allCases)
  func payloads(revision: ContractRevision) throws {
    let description = try Fixture.description(of: revision)
    let cases = try #require(
      try description.at("components", "schemas", "TaskRequest", "anyOf").array)
    #expect(cases.count == Provider.allCases.count)
    for (provider, each) in zip(Provider.taskTypes, cases) {
      let type = try each.at("properties", "taskType", "const").string
      let payload = try each.at("properties", "payload", "$ref").string
      #expect(type == provider.taskType)
      let body = try Fixture.body(of: provider, in: description)
      #expect(try payload == body.at("schema", "$ref").string)
    }
  }

  @Test("A provider's request has the row's members", arguments: Provider.inRevisions)
  func members(provider: Provider, revision: ContractRevision) throws {
    let terms = provider.row.terms[revision]
    let schema = try Fixture.request(of: provider, in: revision)
    let properties = try schema.at("properties")
    let names = terms.fields.map(\.name)
    #expect(Set(properties.names) == Set(names) && properties.names.count == names.count)
    // Others are ignored.
    #expect(schema["additionalProperties"] == nil)
    #expect(try properties.at("include", "properties").names == terms.flags.map(\.name))
    #expect(try properties.at("include")["additionalProperties"] == nil)
    let required = terms.fields.filter(\.isRequired)
    #expect((schema["required"]?.array ?? []) == required.map { .string($0.name) })
  }

  @Test("Its members have the row's ranges and defaults", arguments: Provider.inRevisions)
  func ranges(provider: Provider, revision: ContractRevision) throws {
    let properties = try Fixture.request(of: provider, in: revision).at("properties")
    for field in provider.row.terms[revision].fields {
      let schema = try properties.at(field.name)
      switch field.kind {
      case .question(let length):
        #expect(schema["minLength"] == JSON(length.lowerBound))
        #expect(schema["maxLength"] == JSON(length.upperBound))
      case .device(let devices, let usual):
        #expect(try schema.at("enum").texts == devices.map(\.rawValue))
        #expect(schema["default"]?.string == usual.rawValue)
      case .pages(let most, let usual):
        #expect(schema["exclusiveMinimum"] == 0)
        #expect(schema["maximum"]?.integer == most)
        #expect(schema["default"] == JSON(usual))
      case .legacy, .disableWebSearch: #expect(schema["default"] == false)
      case .include:
        for flag in try schema.at("properties").object?.members ?? []
        where flag.value["type"] == "boolean" {
          #expect(flag.value["default"] == false, "\(flag.name)")
        }
      default: #expect(schema["default"] == nil, "\(field.name)")
      }
    }
  }

  @Test("The description's example is a valid request", arguments: Provider.inRevisions)
  func example(provider: Provider, revision: ContractRevision) throws {
    let description = try Fixture.description(of: revision)
    let example = try Fixture.body(of: provider, in: description).at("example")
    guard case .valid = MonitorRequest.validate(example, for: provider, in: revision) else {
      Issue.record("\(example) is refused")
      return
    }
  }
}

extension ProviderTerms {
  /// The flags that `include` may have, in order.
  fileprivate var flags: [Include.Named] {
    for case .include(let flags) in fields.map(\.kind) { return flags }
    return []
  }
}

/// The files of `Fixtures/`.
private enum Fixture {
  static func path(_ name: String) -> String {
    var folders = URL(filePath: #filePath)
    for _ in 0..<3 { folders.deleteLastPathComponent() }
    return folders.appending(path: "Fixtures/\(name)").path
  }

  static var schema: JSON {
    get throws { try read("schema/fixture.schema.json") }
  }

  /// The description in a revision: a member's name may end with the revision that it is for.
  static func description(of revision: ContractRevision) throws -> JSON {
    try read("openapi.json").narrowed(to: revision)
  }

  /// What the description says of a provider's request body.
  static func body(of provider: Provider, in description: JSON) throws -> JSON {
    try description.at("paths", provider.path, "post", "requestBody", "content", "application/json")
  }

  /// The schema of a provider's request.
  static func request(of provider: Provider, in revision: ContractRevision) throws -> JSON {
    let description = try description(of: revision)
    let reference = try body(of: provider, in: description).at("schema", "$ref").string ?? ""
    return try description.at("components", "schemas", reference.split(separator: "/").last ?? "")
  }

  private static func read(_ name: String) throws -> JSON {
    try JSON(parsing: Array(Data(contentsOf: URL(filePath: path(name)))))
  }
}

extension JSON {
  /// The value at a path of members.
  fileprivate func at<Name: StringProtocol>(_ path: Name...) throws -> JSON {
    try path.reduce(self) { value, name in try #require(value[String(name)], "no \(name)") }
  }

  /// The names of an object's members.
  fileprivate var names: [String] { object?.members.map(\.name) ?? [] }

  fileprivate var texts: [String] { array?.compactMap(\.string) ?? [] }

  fileprivate func narrowed(to revision: ContractRevision) -> JSON {
    if let elements = array { return .array(elements.map { $0.narrowed(to: revision) }) }
    guard let object else { return self }
    return .object(
      JSONObject(
        object.members.compactMap { member in
          let parts = member.name.split(separator: "?", omittingEmptySubsequences: false)
          guard parts.count == 1 || parts[1] == revision.rawValue else { return nil }
          return JSONObject.Member(String(parts[0]), member.value.narrowed(to: revision))
        }))
  }
}
