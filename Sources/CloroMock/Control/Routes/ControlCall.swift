import CloroContract
import HTTPServer
import JSON

/// A control request with its route's variable segments.
struct ControlCall: Sendable {
  let operations: ControlOperations
  let request: HTTPRequest
  /// The scheme that the client used: `https` or `http`.
  let scheme: String
  /// The path's variable segments, decoded.
  let parameters: [String]
  let query: QueryString

  init(
    _ operations: ControlOperations, _ request: HTTPRequest, scheme: String, parameters: [String]
  ) {
    self.operations = operations
    self.request = request
    self.scheme = scheme
    self.parameters = parameters
    query = QueryString(request.query)
  }

  /// The path's first variable segment. Only for routes that have one.
  var parameter: String { parameters[0] }

  /// The key that `?key=` names; nil when there is no such parameter.
  func narrowing() throws(ControlError) -> APIKey? {
    try operations.keys.narrowed(to: query["key"])
  }

  /// The body; an absent one is an empty object.
  func body() throws(ControlError) -> JSON {
    guard !request.body.isEmpty else { return [:] }
    do throws(JSONError) {
      return try JSON(parsing: request.body)
    } catch {
      throw .invalid("The body is not JSON: \(error).")
    }
  }

  /// Reads the whole body; the refusal names every problem.
  func read<Value>(_ body: (inout ObjectReader) -> Value) throws(ControlError) -> Value {
    try ControlError.read(self.body(), body)
  }

  /// Refuses parameters that stand twice, of which only one could count, and those that the route
  /// doesn't use, because a call with a misspelt `?key=` would
  /// affect all organizations.
  func refuseUnknown(for route: ControlRoute) throws(ControlError) {
    let problems = JSONProblems()
    // `?key=` is allowed everywhere, so that a test may add it to all of its calls.
    let allowed = route.query.contains("key") ? route.query : route.query + ["key"]
    var given: Set<ByteText> = []
    for (name, _) in query.parameters {
      if !given.insert(ByteText(name)).inserted {
        problems.add(ShownText.value(name), "stands twice in the query")
      } else if !allowed.contains(name) {
        problems.add(
          ShownText.value(name),
          "unknown in the query\(ObjectReader.alternatives(to: name, in: allowed))")
      }
    }
    if !route.query.contains("key") { _ = try narrowing() }
    if !route.readsBody, request.method != .get, request.method != .head {
      let reader = try ControlError.reader(of: body(), problems)
      for member in reader.object.members {
        problems.add(
          ShownText.value(member.name), "unknown member; this call reads no body, only its query")
      }
    }
    guard problems.list.isEmpty else { throw .invalid(problems.list) }
  }

  /// A whole number of the query, 0 or more.
  func number(_ name: String) throws(ControlError) -> Int? {
    guard let text = query[name] else { return nil }
    guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      throw .notWhole(name, text)
    }
    return Int(text) ?? .max
  }
}
