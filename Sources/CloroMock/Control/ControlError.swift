import HTTPServer
import JSON
import Ledger

/// A refusal of the control API, or of a request that can't be parsed:
/// `{"error":{"code","message","details"?}}`.
struct ControlError: Error {
  let status: Int
  let code: String
  let message: String
  var details: JSON?
  /// The methods that the path supports, when the request used another one.
  var allowed: [String] = []

  var response: HTTPResponse {
    var error: JSONObject = ["code": .string(code), "message": .string(ShownText.message(message))]
    if let details { error.append("details", details) }
    var fields = HTTPFields()
    fields.append("Content-Type", "application/json")
    if !allowed.isEmpty { fields.append("Allow", allowed.joined(separator: ", ")) }
    if status == 401 { fields.append("WWW-Authenticate", "Bearer") }
    if status == 407 {
      fields.append("Proxy-Authenticate", "Basic realm=\"cloro-mock\"")
      fields.append("Proxy-Authenticate", "Bearer realm=\"cloro-mock\"")
    }
    return HTTPResponse(
      status: status, fields: fields, body: JSON.object(["error": .object(error)]).encoded)
  }

  /// All refusals with their statuses.
  static func invalid(_ message: String, details: JSON? = nil) -> ControlError {
    ControlError(status: 400, code: "INVALID_REQUEST", message: message, details: details)
  }

  static func invalid(_ problems: [JSONProblem]) -> ControlError {
    invalid(
      problems.map(\.description).joined(separator: "; "),
      details: .array(
        problems.map { ["field": .string($0.path), "message": .string($0.message)] }))
  }

  static let unauthorized = ControlError(
    status: 401, code: "UNAUTHORIZED", message: "The control API needs the admin token as bearer.")

  static let foreignPage = ControlError(
    status: 403, code: "FOREIGN_PAGE",
    message: """
      A web page of another origin, or under a public name, may not use this double unless it has \
      an admin token. Other clients call it by an address, by localhost or by a private name.
      """)

  static func notFound(_ message: String) -> ControlError {
    ControlError(status: 404, code: "NOT_FOUND", message: message)
  }

  static func methodNotAllowed(_ allowed: [String]) -> ControlError {
    ControlError(
      status: 405, code: "METHOD_NOT_ALLOWED",
      message: "This path has \(allowed.joined(separator: ", ")).", allowed: allowed)
  }

  static func timeout(_ message: String, details: JSON) -> ControlError {
    ControlError(status: 408, code: "TIMEOUT", message: message, details: details)
  }

  static func conflict(_ message: String) -> ControlError {
    ControlError(status: 409, code: "CONFLICT", message: message)
  }

  /// There would be more than ``KeptLimits`` allow.
  static func limit(_ reached: ReachedLimit) -> ControlError {
    ControlError(
      status: 409, code: "LIMIT_REACHED",
      message: """
        There may be no more than \(reached.number) \(reached.name): remove some, or start the \
        double with --limit \(reached.name)=N.
        """,
      details: ["limit": .string(reached.name), "number": JSON(reached.number)])
  }

  static func failed(_ message: String) -> ControlError {
    ControlError(status: 500, code: "INTERNAL_ERROR", message: message)
  }

  /// What to do with a state that is too large for a request.
  static let largeSnapshots = "A double of its own takes such a state: cloro-mock --snapshot FILE."

  /// The answer to bytes that are not a valid request.
  static func malformed(_ error: RequestError) -> ControlError {
    let code =
      switch error.status {
      case 405: "METHOD_NOT_ALLOWED"
      case 408: "REQUEST_TIMEOUT"
      case 413: "CONTENT_TOO_LARGE"
      case 414: "URI_TOO_LONG"
      case 417: "EXPECTATION_FAILED"
      case 431: "HEADER_FIELDS_TOO_LARGE"
      case 501: "NOT_IMPLEMENTED"
      case 503: "SERVICE_OVERLOADED"
      case 505: "HTTP_VERSION_NOT_SUPPORTED"
      default: "BAD_REQUEST"
      }
    let isSnapshot = error.path?.hasPrefix("/_mock/snapshots/") ?? false
    let advice = isSnapshot ? " \(Self.largeSnapshots)" : ""
    return ControlError(status: error.status, code: code, message: error.reason + advice)
  }
}

// MARK: What input is refused for

extension ControlError {
  /// Checks input that was made in this process; the refusal names each problem.
  static func check(_ body: (ObjectPlace) -> Void) throws(ControlError) {
    let problems = JSONProblems()
    body(ObjectPlace(problems: problems))
    guard problems.list.isEmpty else { throw .invalid(problems.list) }
  }

  /// Reads a whole object; the refusal names every problem.
  static func read<Value>(
    _ json: JSON, _ body: (inout ObjectReader) -> Value
  ) throws(ControlError) -> Value {
    let problems = JSONProblems()
    var reader = try reader(of: json, problems)
    let value = body(&reader)
    reader.finish()
    guard problems.list.isEmpty else { throw .invalid(problems.list) }
    return value
  }

  /// The members of an object.
  static func reader(
    of json: JSON, _ problems: JSONProblems
  ) throws(ControlError) -> ObjectReader {
    guard let reader = ObjectReader(json, problems: problems) else {
      throw .invalid("The body must be an object, found \(json.typeName).")
    }
    return reader
  }

  /// Translates the directory's refusals into the control API's.
  static func translating<Value>(
    _ body: () throws(OrganizationDirectory.Refusal) -> Value
  ) throws(ControlError) -> Value {
    do throws(OrganizationDirectory.Refusal) {
      return try body()
    } catch {
      switch error {
      case .unknownKey: throw .notFound("There is no such key.")
      case .keyExists: throw .conflict("The key exists already.")
      case .settingsStay:
        let message = "joins an existing one, whose settings stay; leave out the others"
        throw .invalid([JSONProblem(path: "organization", message: message)])
      case .badBalance:
        throw .invalid(
          "addCredits: the balance must stay from 0 to \(Plan.creditRange.upperBound)")
      case .limit(let reached): throw .limit(reached)
      case .ledger(let error): throw .ledger(error)
      }
    }
  }

  /// Translates the ledger's refusals into the control API's.
  static func reading<Value>(
    _ body: () throws(LedgerError) -> Value
  ) throws(ControlError) -> Value {
    do throws(LedgerError) {
      return try body()
    } catch {
      throw .ledger(error)
    }
  }

  private static func ledger(_ error: LedgerError) -> ControlError {
    .failed("The ledger refused: \(error).")
  }

  /// Refuses a negative number, with the same message as for numbers of the query.
  static func requireWhole(_ name: String, _ number: Int?) throws(ControlError) {
    if let number, number < 0 { throw .notWhole(name, "\(number)") }
  }

  static func notWhole(_ name: String, _ text: String) -> ControlError {
    .invalid("\(name): expected a whole number of at least 0, found \"\(ShownText.value(text))\"")
  }
}
