import HTTPServer
import JSON

extension ControlAPI {
  static let eventsRoute = ControlRoute(
    .get, "events", query: ["key", "path", "status", "since", "bodies"],
    action: .streaming { call throws(ControlError) in
      let journal = call.api.journal
      let filter = try journalFilter(call)
      // A browser that connects again says what it has seen.
      let seen = call.request.fields["Last-Event-ID"].flatMap { UInt32($0) }.map { Int64($0) }
      // A number that isn't reached yet is one of a double that has been restarted since.
      let last = journal.last
      let first = seen.map { $0 <= last ? $0 : 0 } ?? last
      var options = JournalStream.Options(filter: filter, since: try call.number("since") ?? first)
      switch call.query["bodies"] {
      case nil, "true": break
      case "false": options.includesBodies = false
      case let other?: throw .invalid("bodies: expected true or false, found \"\(other)\"")
      }
      guard journal.isOn else { throw .conflict("The journal is off.") }
      return { [options] stream in
        JournalStream(
          journal, JournalRenderer(library: call.api.library), options, to: stream,
          queue: call.api.streaming
        ).start()
      }
    })

  /// The head of a stream of server-sent events.
  static let eventsHead: HTTPResponse = {
    var fields = HTTPFields()
    fields.append("Content-Type", "text/event-stream; charset=utf-8")
    fields.append("Cache-Control", "no-store")
    return HTTPResponse(status: 200, fields: fields)
  }()
}
