import CloroContract
import JSON
import Platform
import Simulation

/// Calls tools. Whatever a tool does, a control call does: nothing is decided here.
struct AgentTools: Sendable {
  /// What a tool has answered.
  struct Outcome: Sendable {
    let structured: JSON
    let text: String
  }

  let calls: AgentCalls
  private let operations: ControlOperations
  /// The tools as they are listed.
  let list: JSON

  init(_ operations: ControlOperations, _ schemas: AgentSchemas) {
    self.operations = operations
    calls = AgentCalls(operations, schemas)
    list = .array(AgentTool.all.map { $0.json(schemas) })
  }

  /// Calls a tool.
  ///
  /// - Throws: What the control call refuses; 400 for wrong arguments.
  func call(
    _ tool: AgentTool, _ arguments: JSONObject, _ progress: AgentProgress?
  ) async throws(ControlError) -> Outcome {
    let measure = measure(tool, arguments)
    if tool.waits { progress?.begin(measure) }
    let whole: JSON
    do throws(ControlError) {
      whole = try await result(tool, arguments)
    } catch {
      progress?.end(measure())
      throw error
    }
    if tool.waits { progress?.end(measure()) }
    let shown = ShownData.bounded(whole, masksKeys: !tool.showsKeys)
    let size = shown.encoded.count
    guard size <= ShownData.mostBytes else {
      throw .invalid(
        "The result has \(size) bytes, more than \(ShownData.mostBytes): ask for less by limit, "
          + "key or other conditions.")
    }
    return Outcome(
      structured: shown,
      text: AgentTexts.text(of: tool, shown, arguments, url: operations.description.address.url))
  }

  /// How far a call has come: by the double's clock where that is moved, else by the time that has
  /// passed of the longest that it may take.
  private func measure(
    _ tool: AgentTool, _ arguments: JSONObject
  ) -> @Sendable () -> AgentProgress.Measure {
    if tool.name == "advance_clock" {
      let (clock, total) = (operations.clock.clock, arguments["seconds"]?.number ?? 0)
      let start = clock.now.milliseconds
      return {
        let done = Double(clock.now.milliseconds - start) / 1000
        return AgentProgress.Measure(done: max(0, min(done, total)), total: total)
      }
    }
    let total = Double(arguments["timeoutMs"]?.integer ?? 10_000) / 1000
    let start = System.monotonicNanoseconds()
    return {
      let done = Double(System.monotonicNanoseconds() - start) / 1e9
      return AgentProgress.Measure(done: min(done, total), total: total)
    }
  }

  private func result(
    _ tool: AgentTool, _ arguments: JSONObject
  ) async throws(ControlError) -> JSON {
    switch tool.name {
    case "get_status": return try await status(arguments)
    case "list_rules": return try await rules(arguments)
    case "explain_refusals": return try explain(arguments)
    case "drive_task": return try await drive(arguments)
    default:
      var arguments = arguments
      let takesPages = calls.schemas.operation(tool.calls[0]).parameters(in: "query")
        .contains("limit")
      if takesPages {
        if let limit = arguments["limit"]?.integer, limit > AgentSchemas.largestPage {
          throw .invalid([
            JSONProblem(
              path: "limit", message: "expected at most \(AgentSchemas.largestPage), found \(limit)"
            )
          ])
        }
        if arguments["limit"] == nil { arguments["limit"] = .integer(AgentSchemas.usualPage) }
      }
      return try await calls.perform(tool.calls[0], arguments)
    }
  }

  // MARK: Tools of several calls

  /// Reads the only argument of a tool.
  private func narrowing(_ arguments: JSONObject) throws(ControlError) -> JSONObject {
    let key = try ControlError.read(.object(arguments)) { $0.string("key") }
    return key.map { ["key": .string($0)] } ?? [:]
  }

  private func status(_ arguments: JSONObject) async throws(ControlError) -> JSON {
    let key = try narrowing(arguments)
    let all = try await calls.perform("listOrganizations", key)["organizations"]?.array ?? []
    let requests = try await calls.perform("listRequests", key)["requests"]?.array ?? []
    let held = requests.filter { $0["state"]?.string == "held" }.count
    return [
      "url": .string(operations.description.address.url),
      "contract": .string(operations.description.revision.rawValue),
      "clock": try await calls.perform("readClock", [:]),
      "organizations": .array(Array(all.prefix(Int(AgentSchemas.usualPage)))),
      "organizationCount": JSON(all.count), "running": JSON(requests.count - held),
      "held": JSON(held),
    ]
  }

  private func rules(_ arguments: JSONObject) async throws(ControlError) -> JSON {
    let key = try narrowing(arguments)
    let faults = try await calls.perform("listFaults", key)["faults"]?.array ?? []
    let stubs = try await calls.perform("listStubs", key)["responses"]?.array ?? []
    let most = Int(AgentSchemas.largestPage)
    return [
      "faults": .array(Array(faults.prefix(most))), "responses": .array(Array(stubs.prefix(most))),
      "faultCount": JSON(faults.count), "responseCount": JSON(stubs.count),
    ]
  }

  private func drive(_ arguments: JSONObject) async throws(ControlError) -> JSON {
    let problems = JSONProblems()
    var reader = try ControlError.reader(of: .object(arguments), problems)
    reader.require("id")
    reader.require("action")
    _ = reader.string("id")
    let names = AgentTool.drives.keys.sorted()
    let action = reader.string("action")
    if let action, AgentTool.drives[action] == nil {
      let alternatives = ObjectReader.alternatives(to: action, in: names)
      reader.fail("action", "\"\(ShownText.value(action))\" is unknown\(alternatives)")
    }
    guard problems.list.isEmpty, let call = action.flatMap({ AgentTool.drives[$0] }) else {
      throw .invalid(problems.list)
    }
    var rest = arguments
    rest["action"] = nil
    return try await calls.perform(call, rest)
  }

  private func explain(_ arguments: JSONObject) throws(ControlError) -> JSON {
    let (text, limit) = try ControlError.read(.object(arguments)) { reader in
      (reader.string("key"), reader.integer("limit", in: 1...AgentTool.mostRefusals))
    }
    let journal = operations.journal
    let page = try journal.page(
      JournalOperations.Selection(key: try operations.keys.narrowed(to: text)))
    let refused = page.rows.reversed().lazy.filter { row in
      (row.entry.status ?? 499) >= 400
    }
    let refusals = refused.prefix(Int(limit ?? AgentTool.usualRefusals)).map { explain($0) }
    return ["refusals": .array(Array(refusals)), "dropped": .integer(page.droppedRefusals)]
  }

  /// A refusal with the rule that decided.
  private func explain(_ row: Journal.Row) -> JSON {
    let seen = operations.journal.renderer.seen(row, includesBodies: false)
    let revision =
      row.entry.key?.organization.settings.contract ?? operations.description.revision
    let rule = RefusalRule(row.entry.reason, in: revision)
    let advice =
      rule?.advice
      ?? (row.entry.reason.influences.isEmpty
        ? "No rule of the contract decided: the reason says what did."
        : "A rule that was added decided, \(row.entry.reason.influences.joined(separator: ", ")): "
          + "see list_rules.")
    return [
      "sequence": .integer(row.sequence), "at": .string(row.entry.at.text),
      "requestId": JSON(seen.requestID), "key": JSON(seen.key),
      "organization": JSON(seen.organization), "method": .string(seen.method),
      "path": .string(seen.path), "status": row.entry.status.map { JSON($0) } ?? .null,
      "reason": .string(seen.reason), "ruleId": JSON(rule?.id),
      "ruleText": JSON(rule.flatMap { RefusalRule.sentences[$0.id] }), "avoid": .string(advice),
    ]
  }
}
