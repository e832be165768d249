import CloroContract
import Foundation
import JSON
import Simulation

@testable import CloroMock

/// Documents of states: one is refused with its problems, or it is read, reads the same again when
/// it is written, and a double that loads it goes on.
///
/// The input is a whole document, or changes of one that has every member: an object whose names
/// are pointers (RFC 6901) to new values, or with `-` before them to what is taken out.
enum StateFuzzing {
  private static let whole: JSON = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    guard let content = try? Data(contentsOf: folder.appending(path: "whole-state.json")),
      let json = try? JSON(parsing: Array(content))
    else { fatalError("Tests/Fuzz/whole-state.json can't be read.") }
    return json
  }()

  private static let plans = PlanCatalogue()

  /// It isn't started, so nothing is sent and no timer fires.
  private static let double: MockServer = {
    var configuration = MockConfiguration()
    configuration.clock = .manual
    guard let double = try? MockServer(configuration) else { fatalError("no double") }
    return double
  }()

  static func check(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let input = try? JSON(parsing: bytes) else { return }
    let document: JSON
    if input["schemaVersion"] == nil, let changes = input.object {
      document = changes.members.reduce(whole) { json, change in
        let isRemoval = change.name.hasPrefix("-")
        let name = isRemoval ? change.name.dropFirst() : change.name[...]
        let steps = name.split(separator: "/").map(String.init)
        return json.changed(at: steps[...], to: isRemoval ? nil : change.value) ?? .null
      }
    } else {
      document = input
    }
    check(document)
  }

  private static func read(
    _ document: JSON
  ) throws(SnapshotDocument.Invalid) -> NamedSnapshot {
    try NamedSnapshot(
      SnapshotDocument(document), plans: plans, defaults: OrganizationSettings.Defaults())
  }

  private static func check(_ document: JSON) {
    let snapshot: NamedSnapshot
    do throws(SnapshotDocument.Invalid) {
      snapshot = try read(document)
    } catch {
      require(!error.problems.isEmpty, "refused without a reason")
      require(error.problems.allSatisfy { !$0.message.isEmpty }, "an empty reason")
      return
    }
    guard let written = try? snapshot.document(only: nil), let again = try? read(written),
      let twice = try? again.document(only: nil)
    else { fatalError("what was read can't be written and read again") }
    require(twice == written, "written and read again, it is another state")
    goOn(snapshot, document)
  }

  /// Loads a document as far as nothing of it is to be sent.
  private static func goOn(_ snapshot: NamedSnapshot, _ document: JSON) {
    let now = double.clock.now
    for organization in snapshot.organizations {
      for delivery in snapshot.deliveries[organization.name] ?? [] {
        var life = delivery.life
        _ = life.resumed(at: now, savedAt: snapshot.at)
      }
    }
    let state = double.operations.state
    guard (try? state.upload("x", document.withoutReceivers)) != nil,
      (try? state.restore("x", of: nil)) != nil
    else { return }
    for key in snapshot.organizations.flatMap(\.keys) {
      guard let key = try? double.operations.keys.narrowed(to: key.text) else { continue }
      let settings = key.organization.settings
      for endpoint in Endpoint.all { _ = key.admit(to: endpoint, under: settings, at: now) }
      _ = key.buckets(settings.plan.rateLimit, at: now)
      let request = MonitorRequest(provider: .grok, question: "a")
      let subject = RuleSubject(
        key: key.text, ownRules: key.organization.rules, path: "/v1/monitor/grok",
        route: "/v1/monitor/grok", method: "POST", provider: .grok, question: "a", country: "US",
        request: request, now: now, seed: 1)
      let rules = RuleSet()
      for _ in 0..<2 {
        _ = rules.strike(subject)
        _ = rules.stub(for: subject)
      }
      let renderer = TaskRenderer(library: ResultLibrary())
      for task in key.organization.withState({ $0.tasks.all }) {
        var output: [UInt8] = []
        renderer.write(task, includesWebhook: true, to: &output)
        require((try? JSON(parsing: output)) != nil, "a loaded task is not JSON")
      }
    }
  }
}

extension JSON {
  /// The document with another value at a pointer, or without it.
  fileprivate func changed(at steps: ArraySlice<String>, to value: JSON?) -> JSON? {
    guard let step = steps.first else { return value }
    switch self {
    case .object(var object):
      object[step] = (object[step] ?? .null).changed(at: steps.dropFirst(), to: value)
      return .object(object)
    case .array(var elements):
      guard let index = Int(step), elements.indices.contains(index) else {
        if step == "-", let value { elements.append(value) }
        return .array(elements)
      }
      if let element = elements[index].changed(at: steps.dropFirst(), to: value) {
        elements[index] = element
      } else {
        elements.remove(at: index)
      }
      return .array(elements)
    default: return steps.count == 1 && value == nil ? nil : self
    }
  }

  /// The document without what a double would send something to.
  fileprivate var withoutReceivers: JSON {
    switch self {
    case .object(let object):
      .object(
        JSONObject(
          object.members.compactMap { member in
            ["deliveries", "webhookUrl"].contains(member.name)
              ? nil : JSONObject.Member(member.name, member.value.withoutReceivers)
          }))
    case .array(let elements): .array(elements.map(\.withoutReceivers))
    default: self
    }
  }
}
