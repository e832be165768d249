import JSON
import Simulation

/// A request that the double has received, with its outcome: an entry of the journal.
///
/// API keys are shown by their last four characters, wherever they occur.
public struct SeenRequest: Sendable, Hashable {
  /// Header fields in the order in which they were sent.
  ///
  /// The values of a repeated name are joined by commas.
  public struct Headers: Sendable, Hashable {
    /// One field.
    public struct Field: Sendable, Hashable {
      /// The field's name, as it was sent.
      public let name: String
      /// The field's value.
      public let value: String
    }

    /// All fields.
    public let fields: [Field]

    /// The value of a field, whose name is compared case-insensitively; nil when the field is
    /// absent.
    public subscript(name: String) -> String? {
      fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
  }

  /// A request's or a response's headers and body.
  public struct Message: Sendable, Hashable {
    /// The header fields; the token of `Authorization` is shown by its last four characters.
    public let headers: Headers
    /// The request's query without its question mark; nil for none, and for responses.
    public let query: String?
    /// The body, of which at most 64 KiB are kept.
    public let body: String
    /// How many bytes the whole body had; more than ``body`` has when it was cut.
    public let bodyBytes: Int
    /// Whether ``body`` is only its beginning.
    let isCut: Bool

    /// The body as JSON; nil when it is no JSON text.
    public var json: JSON? { try? JSON(parsing: Array(body.utf8)) }
  }

  /// The entry's number; numbers rise by 1 with each request.
  public let sequence: Int
  /// When the request arrived, on the double's clock, to the millisecond.
  public let at: Timestamp
  /// Its identifier, which the ledger and the reasons of others name too; nil when the bytes were
  /// no valid request. A header of the answer has it where the contract's revision sends one.
  public let requestID: String?
  /// The task that it submitted alone, or asked for; nil for none.
  public let taskID: String?
  /// The last four characters of its key; nil without one.
  public let key: String?
  /// The key's organization; nil when the request had no valid key.
  public let organization: String?
  /// The organization's label at that time; nil for none.
  public let label: String?
  /// The method; empty when the bytes were no valid request.
  public let method: String
  /// The path as sent, without its query.
  public let path: String
  /// The response's status; nil when the connection ended without one, 499 when the client left.
  public let status: Int?
  /// The rule that decided, with its numbers, e.g. `credits: balance 6, price 7`.
  public let reason: String
  /// From the arrival to the answer, in milliseconds of the double's clock.
  public let latencyMs: Int
  /// What the request cost, in credits.
  public let creditsCharged: Int
  /// What the double noted about the request: members that it ignored, e.g.
  /// `ignored: include.markdown`. Empty in most cases.
  public let notes: [String]
  /// What it asked, each question cut to its beginning, for a reader without bodies; empty else.
  var questions: [String] = []
  /// Whether the double was asked as a proxy for `api.cloro.dev`: the client believes to have been
  /// there. Such an entry has the member `via`.
  public let isProxied: Bool
  /// The place in its client's trace: the value of the header `traceparent` of W3C Trace Context,
  /// when the request had exactly one that the document lets a receiver use; nil else.
  public let traceparent: String?
  /// What the client sent.
  public let request: Message
  /// What was sent to it, without the fields that the server adds itself.
  public let response: Message
  /// How many matching requests the journal had dropped before a reader of `events` could receive
  /// them, between the previous request and this one. 0 in a page of the journal.
  public internal(set) var droppedBefore = 0
}

extension SeenRequest {
  /// The request as the control API shows it.
  ///
  /// - Parameter includesBodies: Whether the request's and the response's body are shown. The
  ///   default is true.
  func json(includesBodies: Bool = true) -> JSON {
    var entry: JSONObject = [
      "sequence": JSON(sequence),
      "at": .string(at.text),
      "requestId": JSON(requestID),
      "taskId": JSON(taskID),
      "key": JSON(key),
      "organization": JSON(organization),
      "label": JSON(label),
      "method": .string(method),
      "path": .string(path),
      "status": status.map { JSON($0) } ?? .null,
      "reason": .string(reason),
      "latencyMs": JSON(latencyMs),
      "creditsCharged": JSON(creditsCharged),
      "notes": .array(notes.map(JSON.string)),
    ]
    if isProxied { entry.append("via", "proxy") }
    if let traceparent { entry.append("traceparent", .string(traceparent)) }
    if !questions.isEmpty { entry.append("questions", .array(questions.map(JSON.string))) }
    entry.append("request", request.json(includesBody: includesBodies))
    entry.append("response", response.json(includesBody: includesBodies))
    return .object(entry)
  }
}

extension SeenRequest.Message {
  fileprivate func json(includesBody: Bool) -> JSON {
    let fields = headers.fields.map { JSONObject.Member($0.name, .string($0.value)) }
    var message: JSONObject = ["headers": .object(JSONObject(fields))]
    if let query { message.append("query", .string(query)) }
    guard includesBody else { return .object(message) }
    message.append("body", .string(body))
    if isCut { message.append("bodyBytes", JSON(bodyBytes)) }
    return .object(message)
  }
}
