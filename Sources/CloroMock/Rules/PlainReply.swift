import CloroContract
import JSON

/// An answer that needn't be cloro's: a status with any body, as proxies in front of services send,
/// or 204, which has none.
struct PlainReply: Sendable, Hashable {
  let status: Int
  /// nil for 204.
  let contentType: String?
  let body: [UInt8]
}

/// The members of a fault that sends a status.
struct StatusMembers: Sendable {
  var error = DocumentedError()
  /// The body's media type; nil takes `application/json` for JSON, else `text/plain`.
  var contentType: String?
  /// A text, or an object or array that is sent as JSON; nil takes the error's own body.
  var body: JSON?

  static let members: [ObjectMember<StatusMembers>] =
    [status] + DocumentedError.details.map { $0.within(\.error) } + [contentType, bodyMember]

  private static let status = ObjectMember<StatusMembers>.value(
    "status", \.error.status, expected: "204 or a whole number from 400 to 599",
    from: { $0.integer.map { Int($0) } }, json: { JSON($0) },
    where: { $0 == 204 || DocumentedError.statuses.contains(Int64($0)) })

  private static let contentType = ObjectMember<StatusMembers>.value(
    "contentType", \.contentType, expected: "a media type such as text/html",
    from: { $0.string }, json: { .string($0) }, where: isMediaType)

  private static let bodyMember = ObjectMember<StatusMembers>.value(
    "body", \.body, expected: "a text, an object or an array", from: { $0 }, json: { $0 },
    where: { $0.string != nil || $0.object != nil || $0.array != nil })

  /// A type and a subtype, with parameters or without, which can stand in a header.
  private static func isMediaType(_ text: String) -> Bool {
    let parts = text.prefix { $0 != ";" }.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && text.utf8.count <= 200
      && text.utf8.allSatisfy { 0x20...0x7E ~= $0 }
      && parts.allSatisfy { !$0.isEmpty && !$0.contains(" ") }
  }

  /// What is sent; nil when the members are invalid, which is noted.
  func effect(at place: ObjectPlace) -> FaultKind.Effect? {
    let before = place.problems.count
    let retryAfter = error.retryAfter.map { Int64($0) }
    guard let status = error.status else { return nil }
    if status == 204 {
      let given = [("code", error.code), ("message", error.message), ("contentType", contentType)]
      for (name, value) in given where value != nil { place.fail(name, "a 204 has no body") }
      if let body, body.string != "" { place.fail("body", "a 204 has no body") }
      guard place.problems.count == before else { return nil }
      return .reply(PlainReply(status: 204, contentType: nil, body: []), retryAfter: retryAfter)
    }
    guard let body else {
      if contentType != nil { place.fail("contentType", "goes with a body only") }
      return error.found(at: place).flatMap {
        place.problems.count == before ? .status($0, retryAfter: retryAfter) : nil
      }
    }
    for (name, value) in [("code", error.code), ("message", error.message)] where value != nil {
      place.fail(name, "goes without a body only")
    }
    guard place.problems.count == before else { return nil }
    let bytes = body.string.map { Array($0.utf8) } ?? body.encoded
    let isJSON = (try? JSON(parsing: bytes)).map { $0.object != nil || $0.array != nil } ?? false
    let usual = isJSON ? "application/json" : "text/plain; charset=utf-8"
    return .reply(
      PlainReply(status: status, contentType: contentType ?? usual, body: bytes),
      retryAfter: retryAfter)
  }
}
