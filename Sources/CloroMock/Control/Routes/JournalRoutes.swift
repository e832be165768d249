import Bytes
import HTTPServer
import JSON

/// The routes of the recorded requests.
enum JournalRoutes {
  /// What the query of a page may have.
  private static let filters = [
    "key", "path", "status", "requestId", "traceparent", "since", "limit",
  ]

  static let all = [
    ControlRoute(.get, "journal", query: filters + ["format"]) { call throws(ControlError) in
      let format = try format(call.query["format"])
      var selection = try selection(call)
      selection.since = try call.number("since")
      let page = try call.operations.journal.page(selection, limit: try call.number("limit"))
      let renderer = call.operations.journal.renderer
      switch format {
      case .json:
        return ControlAnswer(
          json: json(page.rows, call, dropped: (page.dropped, page.droppedRefusals)))
      case .har:
        let archive = HTTPArchive.json(of: page.rows.map { renderer.seen($0) })
        return ControlAnswer(file: archive.encoded, contentType: format.contentType)
      case .jsonl:
        let lines = page.rows.reduce(into: [UInt8]()) { output, row in
          renderer.write(row, to: &output)
          output.append("\n")
        }
        return ControlAnswer(file: lines, contentType: format.contentType)
      }
    },
    ControlRoute(.delete, "journal", query: filters) { call throws(ControlError) in
      var selection = try selection(call)
      selection.since = try call.number("since")
      try call.operations.journal.clear(selection, limit: try call.number("limit"))
      return ControlAnswer(body: ["status": "ok"])
    },
    ControlRoute(
      .post, "journal/await", readsBody: true,
      action: .waiting { call throws(ControlError) in
        let wait = try call.read { reader in
          var wait = JournalOperations.Wait()
          reader.require("match")
          if var match = reader.reader("match") {
            JournalOperations.Wait.matchMembers.read(&match, into: &wait.match)
            match.finish()
          }
          JournalOperations.Wait.members.read(&reader, into: &wait)
          return wait
        }
        return ControlAnswer(json: json(try await call.operations.journal.wait(wait), call))
      }),
  ]

  private static func format(_ text: String?) throws(ControlError) -> JournalFormat {
    guard let text else { return .json }
    guard let format = JournalFormat(rawValue: text) else {
      let names = JournalFormat.allCases.map(\.rawValue)
      let alternatives = ObjectReader.alternatives(to: text, in: names)
      throw .invalid("format: \"\(ShownText.value(text))\" is unknown\(alternatives)")
    }
    return format
  }

  /// The selection that the query describes, except for the entry to start from.
  private static func selection(
    _ call: ControlCall
  ) throws(ControlError) -> JournalOperations.Selection {
    var selection = JournalOperations.Selection()
    selection.key = try call.narrowing()
    selection.path = call.query["path"]
    selection.status = try call.number("status")
    selection.requestID = call.query["requestId"]
    selection.traceparent = call.query["traceparent"]
    return selection
  }

  /// `{"entries":[…], "dropped"?, "droppedRefusals"?}`
  private static func json(
    _ rows: [Journal.Row], _ call: ControlCall, dropped: (all: Int64, refusals: Int64)? = nil
  ) -> [UInt8] {
    let renderer = call.operations.journal.renderer
    var output: [UInt8] = []
    output.reserveCapacity(4096 * (rows.count + 1))
    output.append("{\"entries\":[")
    for (index, row) in rows.enumerated() {
      if index > 0 { output.append(",") }
      renderer.write(row, to: &output)
    }
    output.append("]")
    if let dropped {
      output.append(",\"dropped\":")
      output.append(decimal: dropped.all)
      output.append(",\"droppedRefusals\":")
      output.append(decimal: dropped.refusals)
    }
    output.append("}")
    return output
  }

  // MARK: Events

  static let events = ControlRoute(
    .get, "events", query: ["key", "path", "status", "traceparent", "since", "bodies"],
    action: .streaming { call throws(ControlError) in
      let journal = call.operations.journal
      var selection = try selection(call)
      // A browser that reconnects sends the number of the last event that it has received.
      let seen = call.request.fields["Last-Event-ID"].flatMap { UInt32($0) }.map { Int($0) }
      // A number that hasn't been reached yet is from before the double was restarted.
      let last = Int(journal.last)
      let first = seen.map { $0 <= last ? $0 : 0 } ?? last
      selection.since = try call.number("since") ?? first
      let includesBodies = try includesBodies(call)
      try journal.requireEntries()
      return { [selection] stream in
        JournalStream(
          journal.renderer, includesBodies: includesBodies, to: stream, queue: journal.background
        ).start { told in journal.feed(selection, told: told) }
      }
    })

  private static func includesBodies(_ call: ControlCall) throws(ControlError) -> Bool {
    switch call.query["bodies"] {
    case nil, "true": return true
    case "false": return false
    case let other?:
      throw .invalid("bodies: expected true or false, found \"\(ShownText.value(other))\"")
    }
  }

  /// The head of a stream of server-sent events.
  static let eventsHead: HTTPResponse = {
    var fields = HTTPFields()
    fields.append("Content-Type", "text/event-stream; charset=utf-8")
    fields.append("Cache-Control", "no-store")
    return HTTPResponse(status: 200, fields: fields)
  }()
}
