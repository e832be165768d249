import Testing

@testable import CloroContract

@Suite("Error bodies")
struct APIErrorTests {
  static let time = "2025-01-15T12:00:00.000Z"

  struct Row: Sendable, CustomTestStringConvertible {
    let error: APIError
    let revision: ContractRevision
    let status: Int
    /// The body; `TIME` stands for the timestamp member.
    let body: String

    init(_ error: APIError, _ revision: ContractRevision, _ status: Int, _ body: String) {
      (self.error, self.revision, self.status) = (error, revision, status)
      self.body = body.replacing("TIME", with: #""timestamp":"\#(APIErrorTests.time)""#)
    }

    var testDescription: String { "\(error) in \(revision.rawValue)" }
  }

  static let july: [Row] = [
    Row(
      .missingAPIKey, .july2026, 401,
      #"{"error":{"code":"MISSING_API_KEY","message":"Missing or invalid API key",TIME}}"#),
    Row(
      .invalidAPIKeyFormat, .july2026, 401,
      #"{"error":{"code":"INVALID_API_KEY_FORMAT","message":"Invalid API key format",TIME}}"#),
    Row(
      .invalidOrExpiredAPIKey, .july2026, 401,
      #"""
      {"error":{"code":"INVALID_OR_EXPIRED_API_KEY","message":"Invalid or expired API key",TIME}}
      """#
    ),
    Row(
      .rateLimitExceeded, .july2026, 429,
      #"{"error":{"code":"RATE_LIMIT_EXCEEDED","message":"API key rate limit exceeded",TIME}}"#),
    Row(
      .routeNotFound("/v1/invalid-endpoint"), .july2026, 404,
      #"""
      {"error":{"code":"RESOURCE_NOT_FOUND","message":"Route not found",\#
      "details":{"id":"/v1/invalid-endpoint"},TIME}}
      """#
    ),
    Row(
      .validationFailed([FieldIssue("prompt", "Prompt cannot be empty")]), .july2026, 400,
      #"""
      {"success":false,"error":"Request validation failed","details":[{"field":"prompt",\#
      "message":"Prompt cannot be empty"}]}
      """#
    ),
    Row(
      .insufficientCredits, .july2026, 403,
      #"{"error":{"code":"INSUFFICIENT_CREDITS","message":"Insufficient credits",TIME}}"#),
    Row(
      .internalError, .july2026, 500,
      #"{"error":{"code":"INTERNAL_SERVER_ERROR","message":"Internal server error",TIME}}"#),
    Row(
      .modelUnavailable("grok"), .july2026, 400,
      #"""
      {"error":{"code":"MODEL_UNAVAILABLE","message":"Model grok is currently unavailable",TIME}}
      """#
    ),
  ]

  static let october: [Row] = [
    Row(
      .missingAPIKey, .october2026, 401,
      #"""
      {"success":false,"error":{"code":"MISSING_API_KEY","message":"Missing or invalid API key",\#
      TIME}}
      """#
    ),
    Row(
      .invalidAPIKeyFormat, .october2026, 401,
      #"""
      {"success":false,"error":{"code":"INVALID_API_KEY_FORMAT",\#
      "message":"Invalid API key format",TIME}}
      """#
    ),
    Row(
      .invalidOrExpiredAPIKey, .october2026, 401,
      #"""
      {"success":false,"error":{"code":"INVALID_OR_EXPIRED_API_KEY",\#
      "message":"Invalid or expired API key",TIME}}
      """#
    ),
    Row(
      .rateLimitExceeded, .october2026, 429,
      #"""
      {"success":false,"error":{"code":"RATE_LIMIT_EXCEEDED",\#
      "message":"API key rate limit exceeded",TIME}}
      """#
    ),
    Row(
      .routeNotFound("/v1/invalid-endpoint"), .october2026, 404,
      #"""
      {"success":false,"error":{"code":"RESOURCE_NOT_FOUND","message":"Route not found",\#
      "details":{"id":"/v1/invalid-endpoint"},TIME}}
      """#
    ),
    Row(
      .validationFailed([FieldIssue("prompt", "Prompt cannot be empty")]), .october2026, 400,
      #"""
      {"success":false,"error":{"code":"VALIDATION_ERROR","message":"Request validation failed",\#
      "details":[{"field":"prompt","message":"Prompt cannot be empty"}],TIME}}
      """#
    ),
    Row(
      .insufficientCredits, .october2026, 403,
      #"""
      {"success":false,"error":{"code":"INSUFFICIENT_CREDITS","message":"Insufficient credits",\#
      TIME}}
      """#
    ),
    Row(
      .concurrencyLimitExceeded(limit: 10), .october2026, 429,
      #"""
      {"success":false,"error":{"code":"CONCURRENCY_LIMIT_EXCEEDED",\#
      "message":"Concurrency limit exceeded","details":{"limit":10},TIME}}
      """#
    ),
    Row(
      .internalError, .october2026, 500,
      #"""
      {"success":false,"error":{"code":"INTERNAL_SERVER_ERROR","message":"Internal server error",\#
      TIME}}
      """#
    ),
    Row(
      .modelUnavailable("grok"), .october2026, 400,
      #"""
      {"success":false,"error":{"code":"MODEL_UNAVAILABLE",\#
      "message":"Model grok is currently unavailable",TIME}}
      """#
    ),
  ]

  @Test("Every error is the documented bytes", arguments: july + october)
  func bytes(row: Row) {
    let form = row.error.form(in: row.revision)
    #expect(form.status == row.status)
    #expect(String(decoding: form.body(timestamp: Self.time), as: UTF8.self) == row.body)
  }

  /// "Credits & limits", heading "Handling concurrency limits": the first example, without white
  /// space.
  @Test("The refusal of a surplus request is the seed's own example, byte for byte")
  func seedExample() {
    let form = APIError.concurrencyLimitExceeded(limit: 10).form(in: .july2026)
    let quoted = """
      {
        "error": {
          "code": "CONCURRENT_LIMIT_EXCEEDED",
          "message": "Concurrent limit exceeded",
          "details": {
            "limit": 10
          },
          "timestamp": "2025-01-15T12:00:00.000Z"
        }
      }
      """
    let compact = quoted.split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
      .replacing("\": ", with: "\":")
    #expect(form.status == 429)
    #expect(String(decoding: form.body(timestamp: Self.time), as: UTF8.self) == compact)
  }

  @Test(
    "All failing fields stand in the body, and texts are escaped",
    arguments: ContractRevision.allCases)
  func severalIssues(revision: ContractRevision) {
    let error = APIError.validationFailed([
      FieldIssue("", "a"), FieldIssue("include.\"x\"", "b\n"), FieldIssue("é", "c"),
    ])
    let body = String(decoding: error.form(in: revision).body(timestamp: Self.time), as: UTF8.self)
    #expect(
      body.contains(
        #"""
        "details":[{"field":"","message":"a"},{"field":"include.\"x\"","message":"b\n"},\#
        {"field":"é","message":"c"}]
        """#
      ))
  }
}
