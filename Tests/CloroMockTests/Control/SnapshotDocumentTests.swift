import CloroContract
import Foundation
import JSON
import Simulation
import Testing

@testable import CloroMock

/// What documents of states say is read as it was written, or refused with a reason.
@Suite("Documents of states", .timeLimit(.minutes(20)))
struct SnapshotDocumentTests {
  /// A document with every member that there is.
  private static let whole: JSON = {
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    let content = try! Data(contentsOf: root.appending(path: "Tests/Fuzz/whole-state.json"))
    return try! JSON(parsing: Array(content))
  }()

  private static let plans = PlanCatalogue()

  private static func read(_ json: JSON) throws(SnapshotDocument.Invalid) -> NamedSnapshot {
    try NamedSnapshot(
      SnapshotDocument(json), plans: plans, defaults: OrganizationSettings.Defaults())
  }

  private static func problems(of json: JSON) -> [JSONProblem] {
    do throws(SnapshotDocument.Invalid) {
      _ = try read(json)
      return []
    } catch {
      return error.problems
    }
  }

  // MARK: Written and read

  @Test("What is written is read as it was", arguments: 0..<30 as Range<UInt64>)
  func generated(seed: UInt64) throws {
    var maker = StateMaker(seed: seed)
    let snapshot = try maker.snapshot()
    let document = try snapshot.document(only: nil)
    let parsed = try JSON(parsing: document.encoded)
    #expect(parsed == document)
    let again = try Self.read(parsed)
    #expect(try again.document(only: nil) == document)
    #expect(again.at == snapshot.at && again.items == snapshot.items)
    for (before, after) in zip(snapshot.organizations, again.organizations) {
      #expect(before.name == after.name && before.overrides == after.overrides)
      #expect(before.allocation == after.allocation)
      #expect(before.account.balance == after.account.balance)
      #expect(before.tasks.census() == after.tasks.census())
      #expect(before.tasks.waiting == after.tasks.waiting)
      for (before, after) in zip(before.tasks.all, after.tasks.all) {
        #expect(before.submission == after.submission && before.status == after.status)
        #expect(before.life.due == after.life.due && before.life.isHeld == after.life.isHeld)
      }
      let (own, others) = (
        snapshot.deliveries[before.name] ?? [], again.deliveries[after.name] ?? []
      )
      #expect(own.map(\.content.bytes) == others.map(\.content.bytes))
      #expect(own.map(\.life.phase) == others.map(\.life.phase))
    }
  }

  @Test("The document with every member is read as it is")
  func unchanged() throws {
    #expect(try Self.read(Self.whole).document(only: nil) == Self.whole)
  }

  @Test("The document with every member has every member that is allowed")
  func everyMember() throws {
    var (given, allowed): ([String: Set<String>], [String: Set<String>]) = ([:], [:])
    for place in Self.whole.places where place.isObject(in: Self.whole) {
      guard !place.isForeign, !place.holdsForeign else { continue }
      given[place.kind, default: []].formUnion(place.memberNames(in: Self.whole))
      let changed = Self.whole.changing(place) { json in
        guard var object = json.object else { return json }
        object.append("no such member", 1)
        return .object(object)
      }
      let path = place.text.isEmpty ? "no such member" : "\(place.text).no such member"
      let problem = try #require(Self.problems(of: changed).first { $0.path == path })
      let list = try #require(problem.message.split(separator: "allowed: ").last)
      allowed[place.kind, default: []].formUnion(
        list.split(separator: ", ").map(String.init))
    }
    // What the double was started with is written as this one's; "rules" is also a member that
    // holds two lists.
    for kind in ["defaults", "rules"] { allowed[kind]?.subtract(given[kind] ?? []) }
    #expect(allowed.removeValue(forKey: "defaults") == ["contract", "latency", "weather"])
    #expect(allowed.removeValue(forKey: "rules") == [])
    for (kind, names) in allowed { #expect(given[kind] == names, "\(kind)") }
  }

  // MARK: Damaged

  @Test("A member that is missing is named, unless a document may leave it out")
  func removed() async throws {
    for place in Self.whole.places where place.isMember && !place.isForeign {
      let changed = Self.whole.changing(place) { _ in nil }
      try await expectReason(changed, place)
    }
  }

  @Test("A member of another type is named with what was expected")
  func retyped() async throws {
    let values: [JSON] = [
      .null, true, -1, 1.5, "", "x", [], [[:]], [:], ["no such member": 1],
    ]
    // Each place gets a part of them: many are of a kind.
    for (number, place) in Self.whole.places.enumerated() where place.isMember && !place.isForeign {
      for index in 0..<3 {
        let value = values[(number + index * 3) % values.count]
        guard value != Self.whole.value(at: place) else { continue }
        try await expectReason(Self.whole.changing(place) { _ in value }, place)
      }
    }
  }

  @Test("Numbers and moments at their edges are read or refused")
  func edges() async throws {
    let numbers: [JSON] = [
      0, 1, .integer(.max), .integer(.min), .integer(.max - 1), 1_000_000_000_000_000,
      1_000_000_000_000_001, 1e300, -0.5,
    ]
    let moments: [JSON] = [
      "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z", "1678-01-01T00:00:00Z",
      "2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:16.854775808Z", "9999-12-31T23:59:59Z",
    ]
    // Each place gets a part of them: many are of a kind.
    for (number, place) in Self.whole.places.enumerated() where !place.isForeign {
      let value = Self.whole.value(at: place)
      let all = value?.number != nil ? numbers : value?.isMoment == true ? moments : []
      let edges = all.isEmpty ? [] : (0..<3).map { all[(number + $0 * 2) % all.count] }
      for edge in edges where edge != value {
        try await expectReason(Self.whole.changing(place) { _ in edge }, place)
      }
    }
  }

  /// Expects that a document is read, and then written so that it reads the same again, or that
  /// what is wrong is named: at the place that was changed or where it no longer agrees with it.
  private func expectReason(_ document: JSON, _ place: Place) async throws {
    // Thousands are judged: others that wait for a thread shall have it in between.
    await Task.yield()
    let problems = Self.problems(of: document)
    guard problems.isEmpty else {
      #expect(problems.allSatisfy { !$0.message.isEmpty }, "\(place.text)")
      let isNamed = problems.contains { $0.path.hasPrefix(place.section) }
      #expect(isNamed, "\(place.text): \(problems)")
      return
    }
    let written = try Self.read(document).document(only: nil)
    #expect(try Self.read(written).document(only: nil) == written, "\(place.text)")
  }

  @Test("A document that is cut off is refused as no JSON")
  func truncated() {
    let text = Self.whole.encoded
    for length in stride(from: 0, to: text.count, by: 97) {
      #expect {
        _ = try SnapshotDocument(parsing: Array(text[..<length]))
      } throws: { error in
        let problem = (error as? SnapshotDocument.Invalid)?.problems.first
        return problem?.message.hasPrefix("is not JSON: ") == true
      }
    }
  }

  @Test("Documents of others and of newer versions are refused by their version alone")
  func foreign() {
    let others: [(JSON, path: String, message: String)] = [
      (["schemaVersion": 2], "schemaVersion", "2 is newer than 1"),
      (["schemaVersion": .integer(.max), "x": 1], "schemaVersion", "is newer than 1"),
      (["schemaVersion": 0], "schemaVersion", "expected a whole number from 1 to 1, found 0"),
      (["schemaVersion": "1"], "schemaVersion", "expected a whole number"),
      ([:], "schemaVersion", "is missing"), (["log": ["version": "1.2"]], "at", "is missing"),
      ([], "", "expected an object, found array"), (.null, "", "expected an object, found null"),
    ]
    for (document, path, message) in others {
      let problem = Self.problems(of: document).first { $0.path == path }
      #expect(problem?.message.contains(message) == true, "\(document)")
    }
  }

  // MARK: Loaded

  @Test("Whatever a document says, a double that loads it goes on")
  func loaded() async throws {
    try await withMock(.make()) { mock in
      let state = mock.operations.state
      let key = try #require(
        Self.whole["organizations"]?.array?[0]["keys"]?.array?[0]["key"]?.string)
      let numbers: [JSON] = [0, 1_000_000_000_000_000]
      let moments: [JSON] = ["1970-01-01T00:00:00Z", "2262-04-11T23:47:16.854775807Z"]
      var read = 0
      for place in Self.whole.places where !place.isForeign {
        let value = Self.whole.value(at: place)
        let edges: [JSON?] =
          value?.number != nil ? numbers : value?.isMoment == true ? moments : [nil]
        for edge in edges {
          let changed = Self.whole.changing(place) { _ in edge }
          guard (try? state.upload("x", changed)) != nil else { continue }
          read += 1
          _ = try state.restore("x", of: nil)
          _ = try await mock.send("GET", "/v1/countries", key: key)
          if let task = try? await mock.tasks(key: key).first {
            _ = try await mock.send("GET", "/v1/async/task/\(task.id)", key: key)
          }
        }
      }
      #expect(read > 100)
      try await mock.advance(seconds: 86_400 * 400)
    }
  }
}

// MARK: Places in documents

/// A place in a document.
private struct Place {
  enum Step: Equatable {
    case member(String)
    case element(Int)
  }

  let steps: [Step]

  /// As problems name it.
  var text: String {
    steps.reduce(into: "") { text, step in
      switch step {
      case .member(let name): text += text.isEmpty ? name : ".\(name)"
      case .element(let index): text += "[\(index)]"
      }
    }
  }

  /// What is read there: what has the same name has the same reader.
  var kind: String {
    let name = steps.reversed().lazy.compactMap {
      if case .member(let name) = $0 { name } else { nil }
    }
    .first
    return name == "stub" ? "rules" : name ?? ""
  }

  /// The part of the document that has to agree with itself: a member of the document or of an
  /// organization, or an organization's credits.
  var section: String {
    guard steps.count > 2, case .element(let index) = steps[1], case .member(let name) = steps[2]
    else { return Place(steps: Array(steps.prefix(2))).text }
    return "organizations[\(index)]." + (["balance", "entries"].contains(name) ? "" : name)
  }

  var isMember: Bool { if case .member? = steps.last { true } else { false } }

  /// Whether it lies in what fixtures and the control API define, whose readers have tests of their
  /// own.
  var isForeign: Bool {
    let names = steps.dropLast().enumerated().compactMap { index, step -> String? in
      if case .member(let name) = step, name != "settings" || index == 2 { name } else { nil }
    }
    return !Set(["definition", "given", "result", "settings"]).isDisjoint(with: names)
  }

  var holdsForeign: Bool { Place(steps: steps + [.element(0)]).isForeign }

  func isObject(in document: JSON) -> Bool { document.value(at: self)?.object != nil }

  func memberNames(in document: JSON) -> [String] {
    document.value(at: self)?.object?.members.map(\.name) ?? []
  }
}

extension JSON {
  /// All places, the document's own first.
  fileprivate var places: [Place] { places([]) }

  private func places(_ steps: [Place.Step]) -> [Place] {
    var all = [Place(steps: steps)]
    for member in object?.members ?? [] {
      all += member.value.places(steps + [.member(member.name)])
    }
    for (index, element) in (array ?? []).enumerated() {
      all += element.places(steps + [.element(index)])
    }
    return all
  }

  fileprivate func value(at place: Place) -> JSON? {
    place.steps.reduce(self as JSON?) { json, step in
      switch step {
      case .member(let name): json?[name]
      case .element(let index): json?.array?[index]
      }
    }
  }

  /// The document with another value at a place, or without it.
  fileprivate func changing(_ place: Place, _ change: (JSON) -> JSON?) -> JSON {
    changing(place.steps[...], change) ?? .null
  }

  private func changing(_ steps: ArraySlice<Place.Step>, _ change: (JSON) -> JSON?) -> JSON? {
    switch steps.first {
    case nil: return change(self)
    case .member(let name):
      guard var object else { return self }
      object[name] = object[name]?.changing(steps.dropFirst(), change)
      return .object(object)
    case .element(let index):
      guard var array else { return self }
      if let changed = array[index].changing(steps.dropFirst(), change) {
        array[index] = changed
      } else {
        array.remove(at: index)
      }
      return .array(array)
    }
  }

  fileprivate var isMoment: Bool { string.flatMap { Timestamp(text: $0) } != nil }
}
