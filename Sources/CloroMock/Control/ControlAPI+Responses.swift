import HTTPServer
import JSON

extension ControlAPI {
  static let stubRoutes = [
    ControlRoute(.get, "responses", query: ["key"]) { call throws(ControlError) in
      let rules = try call.boards().flatMap(\.stubs.list.rules).sorted { $0.order < $1.order }
      return ControlAnswer(body: ["responses": .array(rules.map(\.json))])
    },
    ControlRoute(.post, "responses", readsBody: true) { call throws(ControlError) in
      let stub = try call.read { reader in StubReader.read(&reader) }
      guard let stub else { throw .invalid("expected either result or error") }
      return ControlAnswer(status: 201, body: try call.board(of: stub.match).add(stub).json)
    },
    ControlRoute(.delete, "responses", query: ["key"]) { call throws(ControlError) in
      for board in try call.boards() { board.stubs.change { $0.removeAll() } }
      return ControlAnswer(body: ["status": "ok"])
    },
    ControlRoute(.delete, "responses/{id}") { call throws(ControlError) in
      let id = call.parameter
      let boards = try call.boards().filter { !$0.stubs.isEmpty }
      guard boards.contains(where: { $0.stubs.change { $0.remove(id) } }) else {
        throw .notFound("There is no stub \(id).")
      }
      return ControlAnswer(body: ["id": .string(id)])
    },
  ]
}
