import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Reading faults and stubs")
struct FaultReaderTests {
  @Test(
    "A kind's members have defaults",
    arguments: [
      (#""kind":"truncate_body""#, FaultKind.Effect.truncateBody(bytes: 20)),
      (#""kind":"slow_body""#, .slowBody(duration: .constant(1_000_000_000), chunks: 5)),
      (
        #""kind":"slow_body","duration":"20ms","chunks":1000"#,
        .slowBody(duration: .constant(20_000_000), chunks: 1000)
      ),
      (#""kind":"webhook_drop""#, .webhookDrop),
      (#""kind":"webhook_duplicate""#, .webhookDuplicate),
      (#""kind":"webhook_reorder""#, .webhookReorder),
      (#""kind":"webhook_bad_signature""#, .webhookBadSignature),
      (#""kind":"webhook_stale_timestamp""#, .webhookStaleTimestamp(seconds: 600)),
      (#""kind":"webhook_stale_timestamp","seconds":7"#, .webhookStaleTimestamp(seconds: 7)),
      (#""kind":"status","status":429"#, .status(.rateLimitExceeded, retryAfter: nil)),
      (
        #""kind":"status","status":429,"code":"QUEUE_LIMIT_EXCEEDED","retryAfter":3"#,
        .status(.queueLimitExceeded(queued: 100_000, batch: 1, limit: 100_000), retryAfter: 3)
      ),
      (#""kind":"connection_reset""#, .connectionReset(.before)),
      (#""kind":"connection_reset","when":"after""#, .connectionReset(.after)),
      (
        #""kind":"status","status":204"#,
        .reply(PlainReply(status: 204, contentType: nil, body: []), retryAfter: nil)
      ),
      (
        #""kind":"status","status":502,"contentType":"text/html","body":"<p>","retryAfter":1"#,
        .reply(
          PlainReply(status: 502, contentType: "text/html", body: Array("<p>".utf8)), retryAfter: 1)
      ),
      (
        #""kind":"status","status":599,"body":"away""#,
        .reply(
          PlainReply(
            status: 599, contentType: "text/plain; charset=utf-8", body: Array("away".utf8)),
          retryAfter: nil)
      ),
      (
        #""kind":"status","status":500,"body":{"a":[1]}"#,
        .reply(
          PlainReply(
            status: 500, contentType: "application/json", body: Array(#"{"a":[1]}"#.utf8)),
          retryAfter: nil)
      ),
      (
        #""kind":"status","status":504"#,
        .status(
          .undocumented(status: 504, code: "GATEWAY_TIMEOUT", message: "Gateway timeout"),
          retryAfter: nil)
      ),
      (
        #""kind":"status","status":418"#,
        .status(
          .undocumented(status: 418, code: "STATUS_418", message: "Status 418"), retryAfter: nil)
      ),
      (
        #""kind":"status","status":422"#,
        .status(
          .undocumented(
            status: 422, code: "VALIDATION_ERROR", message: "Request validation failed"),
          retryAfter: nil)
      ),
      (
        #""kind":"status","status":520,"code":"EDGE","message":"Edge""#,
        .status(.undocumented(status: 520, code: "EDGE", message: "Edge"), retryAfter: nil)
      ),
    ])
  func kinds(members: String, kind: FaultKind.Effect) throws {
    #expect(try Fault.make(#"{"fault":{\#(members)}}"#).kind == kind)
  }

  @Test(
    "What is wrong with a fault is said with what was expected",
    arguments: [
      (#"{}"#, "fault: is missing"), (#"{"fault":{}}"#, "fault.kind: is missing"),
      (#"{"fault":{"kind":"statsu"}}"#, #"did you mean "status"?"#),
      (#"{"fault":{"kind":"status"}}"#, "fault.status: is missing"),
      (
        #"{"fault":{"kind":"status","status":399}}"#,
        "fault.status: expected 204 or a whole number from 400 to 599, found 399"
      ),
      (
        #"{"fault":{"kind":"status","status":204,"code":"X"}}"#, "fault.code: a 204 has no body"
      ),
      (
        #"{"fault":{"kind":"status","status":204,"body":"x"}}"#, "fault.body: a 204 has no body"
      ),
      (
        #"{"fault":{"kind":"status","status":502,"body":"x","message":"y"}}"#,
        "fault.message: goes without a body only"
      ),
      (
        #"{"fault":{"kind":"status","status":502,"contentType":"text/html"}}"#,
        "fault.contentType: goes with a body only"
      ),
      (
        #"{"fault":{"kind":"status","status":502,"body":7}}"#,
        "fault.body: expected a text, an object or an array, found 7"
      ),
      (
        #"{"fault":{"kind":"status","status":502,"body":"","contentType":"a/b\r\nX: y"}}"#,
        "fault.contentType: expected a media type such as text/html"
      ),
      (
        #"{"fault":{"kind":"connection_reset","when":"aftr"}}"#,
        #"fault.when: "aftr" is unknown, did you mean "after"?"#
      ),
      (#"{"fault":{"kind":"status","status":500,"code":"NOPE"}}"#, "INTERNAL_SERVER_ERROR"),
      (#"{"fault":{"kind":"latency"}}"#, "fault.latency: is missing"),
      (#"{"fault":{"kind":"latency","latency":"-1s"}}"#, "fault.latency: expected a latency"),
      (#"{"fault":{"kind":"slow_body","duration":"2"}}"#, "fault.duration: expected a latency"),
      (
        #"{"fault":{"kind":"slow_body","chunks":1001}}"#,
        "fault.chunks: expected a whole number from 1"
      ),
      (#"{"fault":{"kind":"webhook_drop","seconds":1}}"#, "fault.seconds: unknown member"),
      (#"{"fault":{"kind":"webhook_stale_timestamp","seconds":0}}"#, "fault.seconds: expected"),
      (#"{"fault":{"kind":"webhook_stale"}}"#, "webhook_stale_timestamp"),
      (#"{"fault":{"kind":"connection_reset"},"times":0}"#, "times: expected a whole number"),
      (#"{"fault":{"kind":"connection_reset"},"probability":2}"#, "probability: expected"),
      (#"{"fault":{"kind":"connection_reset"},"match":{"nht":1}}"#, #"did you mean "nth"?"#),
      (
        #"{"fault":{"kind":"connection_reset"},"match":{"country":"DE"}}"#, "match.country: unknown"
      ),
    ])
  func badFault(text: String, part: String) throws {
    let problems = try readRule(text, Fault.read).problems
    #expect(problems.contains { $0.contains(part) }, "\(problems)")
  }

  @Test(
    "What is wrong with a stub is one problem with its path",
    arguments: [
      (#"{}"#, "expected either result or error"),
      (#"{"result":{},"error":{"status":500}}"#, "expected either result or error"),
      (#"{"result":[]}"#, "result: expected an object, found array"),
      (#"{"result":null}"#, "result: expected an object, found null"),
      (#"{"result":{},"mode":"merg"}"#, #"mode: "merg" is unknown, did you mean "merge"?"#),
      (#"{"error":{"status":500},"mode":"merge"}"#, "mode: goes with result only"),
      (#"{"error":{}}"#, "error.status: is missing"),
      (#"{"error":{"status":204}}"#, "error.status: expected a whole number from 400 to 599"),
      (#"{"error":{"status":503,"code":"NOPE"}}"#, "error.code: is no documented error of 503"),
      (#"{"result":{},"latency":"soon"}"#, "latency: expected a latency"),
      (#"{"result":{},"times":0}"#, "times: expected a whole number"),
      (#"{"result":{},"tims":1}"#, #"tims: unknown member, did you mean "times"?"#),
      (#"{"result":{},"match":{"path":"/"}}"#, "match.path: unknown member"),
      (
        #"{"result":{},"match":{"provider":"grk"}}"#,
        #"match.provider: "grk" is unknown, did you mean "grok"?"#
      ),
      (#"{"result":{},"match":{"country":"de"}}"#, "match.country: expected an ISO 3166-1"),
      (#"{"result":{},"match":{"prompt":1}}"#, "match.prompt: expected an object, found number"),
      (
        #"{"result":{},"match":{"prompt":{}}}"#,
        "match.prompt: expected one of equals, contains, regex"
      ),
      (
        #"{"result":{},"match":{"prompt":{"equals":"a","contains":"b"}}}"#,
        "match.prompt: expected one of equals, contains, regex"
      ),
      (
        #"{"result":{},"match":{"prompt":{"regex":"a(b"}}}"#,
        "match.prompt.regex: A group has no end at character 1"
      ),
    ])
  func badStub(text: String, start: String) throws {
    let problems = try readRule(text, Stub.read).problems
    #expect(problems.count == 1 && problems[0].hasPrefix(start), "\(problems)")
  }

  @Test("A stub is shown as it holds")
  func shown() throws {
    var list = RuleList<Stub>(of: nil)
    let merged = list.add(
      try .make(#"{"result":{"a":null},"latency":"1500ms","times":3}"#), number: 1)
    #expect(
      merged.json == [
        "id": "stub-1", "match": [:], "result": ["a": nil], "mode": "merge", "latency": "1500ms",
        "seen": 0, "struck": 0, "timesLeft": 3,
      ])
    let failing = list.add(
      try .make(#"{"match":{"country":"DE"},"error":{"status":503,"retryAfter":7}}"#), number: 2)
    #expect(
      failing.json == [
        "id": "stub-2", "match": ["country": "DE"], "error": ["status": 503, "retryAfter": 7],
        "seen": 0, "struck": 0,
      ])
  }
}
