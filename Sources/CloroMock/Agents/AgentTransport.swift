import HTTPServer
import JSON

/// What requests with a session and those without have in common over HTTP.
enum AgentTransport {
  /// A refusal with its status.
  struct Refusal: Error {
    let status: Int
    let error: AgentError
    /// Fields besides the content's type.
    var fields = HTTPFields()
  }

  /// What a client takes.
  struct Accepted {
    let json: Bool
    let events: Bool
  }

  /// - Throws: ``Refusal`` 406 for a client that takes neither.
  static func accepted(_ request: HTTPRequest) throws(Refusal) -> Accepted {
    guard let field = request.fields["Accept"] else { return Accepted(json: true, events: false) }
    let types = field.lowercased().split(separator: ",").map { range in
      String(range.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" })
    }
    let accepted = Accepted(
      json: types.contains { ["application/json", "application/*", "*/*"].contains($0) },
      events: types.contains { ["text/event-stream", "text/*"].contains($0) })
    guard accepted.json || accepted.events else {
      throw Refusal(
        status: 406,
        error: .invalid("Accept: expected application/json and text/event-stream"))
    }
    return accepted
  }

  static func respond(
    _ responder: Responder, _ message: JSON, status: Int = 200, with others: HTTPFields? = nil
  ) {
    var fields = HTTPFields()
    fields.append("Content-Type", "application/json")
    if let others { fields.append(contentsOf: others) }
    responder.respond(HTTPResponse(status: status, fields: fields, body: message.encoded))
  }

  /// The head of a stream of events. Its last field keeps a proxy from holding events back.
  static let eventsHead: HTTPResponse = {
    var head = JournalRoutes.eventsHead
    head.fields.append("X-Accel-Buffering", "no")
    return head
  }()

  /// A message as an event.
  ///
  /// - Parameter id: By which a client says that it has seen it; nil where nothing is resumed.
  static func event(_ message: JSON, id: String? = nil) -> [UInt8] {
    var bytes = id.map { Array("id: \($0)\n".utf8) } ?? []
    bytes.append(contentsOf: "data: ".utf8)
    message.write(to: &bytes)
    bytes.append(contentsOf: "\n\n".utf8)
    return bytes
  }
}
