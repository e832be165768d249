import JSON
import Testing

@testable import CloroMock

@Suite("The control API as text for agents")
struct ControlReferenceTests {
  private static let description: JSON = {
    guard let json = try? JSON(parsing: EmbeddedFiles.file("openapi")) else { return .null }
    return json
  }()

  private static var calls: [(title: String, call: JSON)] {
    (description["paths"]?.object?.members ?? []).filter { $0.name.hasPrefix("/_mock/") }
      .flatMap { path in
        (path.value.object?.members ?? []).map {
          ("\($0.name.uppercased()) \(path.name)", $0.value)
        }
      }
  }

  /// The section of a name, without its heading.
  private func found(_ name: String) -> String? {
    let rest = ControlReference.text.split(separator: "\n### \(name)\n", maxSplits: 1)
    guard rest.count == 2 else { return nil }
    return rest[1].split(separator: "\n\n", maxSplits: 1).first.map(String.init)
  }

  /// The schemas that a value names, and the members that it has.
  private func mentions(_ json: JSON) -> (schemas: Set<String>, members: Set<String>) {
    var all: (schemas: Set<String>, members: Set<String>) = ([], [])
    for member in json.object?.members ?? [] {
      if member.name == "$ref", let name = member.value.string?.split(separator: "/") {
        if name.contains("schemas") { all.schemas.insert(String(name.last!)) }
      }
      if member.name == "properties" {
        for one in member.value.object?.members ?? [] where one.value.bool != false {
          all.members.insert(String(one.name.prefix { $0 != "?" }))
        }
      }
      let inner = mentions(member.value)
      all = (all.schemas.union(inner.schemas), all.members.union(inner.members))
    }
    for element in json.array ?? [] {
      let inner = mentions(element)
      all = (all.schemas.union(inner.schemas), all.members.union(inner.members))
    }
    return all
  }

  @Test("Each call is there with its summary, its parameters and the names of what it takes")
  func calls() throws {
    #expect(Self.calls.count > 50)
    for (title, call) in Self.calls {
      let section = try #require(found(title), "\(title)")
      #expect(section.contains(try #require(call["summary"]?.string)))
      for parameter in call["parameters"]?.array ?? [] {
        guard let name = parameter["name"]?.string else { continue }
        #expect(section.contains("- `\(name)` ("), "\(title): \(name)")
      }
      let (schemas, members) = mentions(call["requestBody"] ?? [:])
      for name in schemas { #expect(section.contains("`\(name)`"), "\(title): \(name)") }
      for name in members { #expect(section.contains("- `\(name)`: "), "\(title): \(name)") }
    }
  }

  @Test("Whatever is named has a section with all its members")
  func names() throws {
    var open = Self.calls.reduce(into: Set<String>()) { names, one in
      names.formUnion(mentions(one.call["requestBody"] ?? [:]).schemas)
    }
    var seen: Set<String> = []
    while let name = open.popFirst() {
      seen.insert(name)
      let schema = try #require(Self.description["components"]?["schemas"]?[name])
      let section = try #require(found(name), "\(name)")
      // A schema without members of its own says which values there are.
      let properties = schema["properties"]?.object?.members ?? []
      for member in properties where member.value.bool != false {
        let member = member.name.prefix { $0 != "?" }
        #expect(section.contains("- `\(member)`: "), "\(name): \(member)")
      }
      #expect(section.contains("- "), "\(name)")
      open.formUnion(mentions(schema).schemas.subtracting(seen))
    }
    #expect(seen.count > 20)
  }
}
