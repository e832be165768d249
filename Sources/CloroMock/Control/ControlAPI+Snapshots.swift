import HTTPServer
import JSON

extension ControlAPI {
  static let snapshotRoutes = [
    ControlRoute(.post, "snapshots/{name}", query: ["key"]) { call throws(ControlError) in
      let (api, name) = (call.api, call.parameter)
      let organization = try call.narrowing()?.organization
      let snapshot = try translating { () throws(OrganizationDirectory.Refusal) in
        try api.snapshots.take(name, of: organization)
      }
      return ControlAnswer(status: 201, body: show(snapshot, name))
    },
    ControlRoute(.delete, "snapshots/{name}") { call throws(ControlError) in
      _ = try snapshot(call)
      call.api.snapshots.remove(call.parameter)
      return ControlAnswer(body: ["id": .string(call.parameter)])
    },
    ControlRoute(.post, "snapshots/{name}/restore", query: ["key"]) { call throws(ControlError) in
      let (api, snapshot) = (call.api, try snapshot(call))
      let only = try organization(of: call, in: snapshot)
      try translating { () throws(OrganizationDirectory.Refusal) in
        try api.snapshots.restore(snapshot, only: only)
      }
      return ControlAnswer(body: show(snapshot, call.parameter, only: only))
    },
  ]

  private static func snapshot(_ call: ControlCall) throws(ControlError) -> NamedSnapshot {
    guard let snapshot = call.api.snapshots[call.parameter] else {
      let names = call.api.snapshots.names
      throw .notFound(
        "There is no snapshot \"\(call.parameter)\"\(ObjectReader.hint(call.parameter, names))")
    }
    return snapshot
  }

  /// The organization that `?key=` names in a snapshot: the key may be gone by now.
  private static func organization(
    of call: ControlCall, in snapshot: NamedSnapshot
  ) throws(ControlError) -> String? {
    guard let key = call.query["key"] else { return nil }
    let owner = snapshot.organizations.first { $0.keys.contains { $0.text == key } }
    guard let owner else { throw .notFound("The snapshot has no such key.") }
    return owner.name
  }

  private static func show(_ snapshot: NamedSnapshot, _ name: String, only: String? = nil) -> JSON {
    let names = snapshot.organizations.map(\.name).filter { only == nil || $0 == only }
    return [
      "id": .string(name), "at": .string(snapshot.at.text),
      "organizations": .array(names.map(JSON.string)),
    ]
  }
}
