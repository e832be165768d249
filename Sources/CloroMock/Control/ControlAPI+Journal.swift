import HTTPServer
import JSON

extension ControlAPI {
  static let journalRoutes = [
    ControlRoute(.get, "journal", query: ["key", "path", "status", "since", "limit"]) {
      call throws(ControlError) in
      let filter = try journalFilter(call)
      let page = call.api.journal.page(
        filter, since: try call.number("since"),
        limit: Int(clamping: try call.number("limit") ?? .max))
      let key = try call.narrowing()
      let dropped = key?.organization.journalDropped.load(ordering: .relaxed) ?? page.dropped
      return ControlAnswer(json: call.api.show(page.rows, ["dropped": .integer(dropped)]))
    },
    ControlRoute(.delete, "journal", query: ["key"]) { call throws(ControlError) in
      call.api.forgetJournal(of: try call.narrowing()?.organization)
      return ControlAnswer(body: ["status": "ok"])
    },
    ControlRoute(
      .post, "journal/await", readsBody: true,
      action: .waiting { call throws(ControlError) in try await awaitEntries(call) }),
  ]

  /// The longest wait, in milliseconds.
  private static let longestWait: Int64 = 600_000

  /// The condition that the query states.
  static func journalFilter(_ call: ControlCall) throws(ControlError) -> JournalFilter {
    var filter = JournalFilter()
    filter.organization = try call.narrowing()?.organization.name
    filter.path = call.query["path"]
    filter.status = try call.number("status").map { Int(clamping: $0) }
    return filter
  }

  /// Forgets all entries, or those of one organization, and how many were dropped.
  func forgetJournal(of organization: Organization?) {
    journal.clear(organization: organization?.name)
    for organization in organization.map({ [$0] }) ?? organizations.all {
      organization.journalDropped.store(0, ordering: .relaxed)
    }
  }

  /// `{"entries":[…], …}`
  private func show(_ rows: [Journal.Row], _ more: JSONObject = [:]) -> [UInt8] {
    let renderer = JournalRenderer(library: library)
    var output: [UInt8] = []
    output.append("{\"entries\":[")
    for (index, row) in rows.enumerated() {
      if index > 0 { output.append(",") }
      renderer.write(row, to: &output)
    }
    output.append("]")
    for member in more.members {
      output.append(",")
      JSON.string(member.name).write(to: &output)
      output.append(":")
      member.value.write(to: &output)
    }
    output.append("}")
    return output
  }

  private static func awaitEntries(
    _ call: ControlCall
  ) async throws(ControlError) -> ControlAnswer {
    let (filter, count, milliseconds) = try call.read { reader in
      var filter = JournalFilter()
      reader.require("match")
      if var match = reader.reader("match") {
        filter = readFilter(&match)
        match.finish()
      }
      let count = reader.integer("count", in: 1...1_000_000) ?? 1
      let milliseconds = reader.integer("timeoutMs", in: 0...longestWait) ?? 5000
      return (filter, Int(count), milliseconds)
    }
    if let key = filter.key { _ = try call.api.key(key) }
    let journal = call.api.journal
    guard journal.isOn else { throw .conflict("The journal is off.") }
    let came = await journal.wait(for: filter, count: count, milliseconds: milliseconds)
    let rows = journal.page(filter).rows
    guard came else { throw tooFew(rows.count, of: count, filter, journal) }
    return ControlAnswer(json: call.api.show(rows))
  }

  private static func readFilter(_ reader: inout ObjectReader) -> JournalFilter {
    var filter = JournalFilter()
    filter.key = reader.string("key")
    filter.method = reader.string("method")
    filter.path = reader.string("path")
    filter.status = reader.integer("status", in: 100...599).map { Int($0) }
    filter.reason = reader.string("reason")
    return filter
  }

  /// How many nearest misses are named.
  private static let namedMisses = 3

  /// Names the entries that meet most of the condition, the newest first among equals.
  private static func tooFew(
    _ found: Int, of count: Int, _ filter: JournalFilter, _ journal: Journal
  ) -> ControlError {
    let missed = journal.page().rows.reversed().compactMap { row in
      let misses = filter.misses(row.entry)
      return misses.isEmpty ? nil : (row, misses)
    }
    let nearest = missed.sorted { $0.1.count < $1.1.count }.prefix(namedMisses)
    let details = nearest.map { row, misses -> JSON in
      [
        "sequence": .integer(row.sequence), "method": .string(row.entry.method),
        "path": .string(row.entry.path),
        "status": row.entry.status.map { JSON($0) } ?? .null,
        "misses": .array(misses.map(JSON.string)),
      ]
    }
    return .timeout(
      "\(found) of \(count) such requests came in time.", details: ["nearest": .array(details)])
  }
}
