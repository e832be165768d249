import JSON
import Testing

@testable import CloroMock

@Suite("Paths and methods that a rule can match")
struct RuleRouteTests {
  private func problems(_ match: String, _ kind: String = "connection_reset") throws -> [String] {
    try readRule(#"{"match":{\#(match)},"fault":{"kind":"\#(kind)"}}"#, Fault.read).problems
  }

  @Test(
    "Templates, paths and beginnings of paths are taken",
    arguments: [
      #""path":"/v1/monitor/google/news""#, #""path":"/v1/async/task/{taskId}""#,
      #""path":"/v1/async/task/5f1c""#, #""path":"/v1/async/task/order%207%2F8""#, #""path":"*""#,
      #""path":"/v1/*""#, #""path":"/v1/monitor/goo*""#, #""path":"/v1/credits*""#,
      #""path":"/v1/async/task/5f*""#, #""path":"/v1/monitor/google/goto""#,
      #""path":"/v1/async/task/{taskId}","method":"GET""#,
      #""path":"/v1/async/task/{taskId}","method":"HEAD""#,
      #""path":"/v1/async/*","method":"DELETE""#, #""method":"POST""#,
      #""path":"/v1/monitor/grok","provider":"grok","method":"POST""#,
      #""path":"/v1/monitor/*","prompt":"laptop""#,
    ])
  func taken(match: String) throws {
    #expect(try problems(match) == [])
  }

  @Test(
    "What can match nothing is refused with the nearest that can",
    arguments: [
      (
        #""path":"/v1/credit""#,
        #""/v1/credit" can match nothing, did you mean "/v1/credits"?; allowed: /v1/monitor/"#
      ),
      (#""path":"/v1/credits/""#, #"did you mean "/v1/credits"?"#),
      (#""path":"v1/credits""#, #"did you mean "/v1/credits"?"#),
      (#""path":"/v1/countries?model=grok""#, #"did you mean "/v1/countries"?"#),
      (#""path":"/v1/asink/task/{taskId}""#, #"did you mean "/v1/async/task/{taskId}"?"#),
      (#""path":"/v1/async/task/{id}""#, #"did you mean "/v1/async/task/{taskId}"?"#),
      (#""path":"/v1/async/tasks/5f1c""#, #"did you mean "/v1/async/task/5f1c"?"#),
      (#""path":"/v1/async/task/5f1c/8""#, "match.path: "),
      (#""path":"/v1/async/task/""#, #"did you mean "/v1/async/task"?"#),
      (#""path":"/v1/async/task/a b""#, "match.path: "),
      (#""path":"/v1/monitr/*""#, #"did you mean "/v1/monitor/*"?"#),
      (#""path":"/v1/*/task""#, "match.path: "), (#""path":"""#, "match.path: "),
      (#""path":"/v1/async/task/5f/*""#, "match.path: "),
      (#""path":"/v1/monitor/bing""#, "match.path: "),
      (
        #""path":"/v1/credits","method":"POST""#,
        #"match.method: "POST" is no method of /v1/credits; allowed: GET, HEAD"#
      ),
      (
        #""path":"/v1/monitor/grok","method":"post""#,
        #""post" is no method of /v1/monitor/grok, did you mean "POST"?; allowed: POST"#
      ),
      (
        #""method":"PUT""#,
        #""PUT" is no method of the API, did you mean "POST"?; allowed: POST, GET, HEAD, DELETE"#
      ),
      (#""path":"/v1/monitor/grok","provider":"gemini""#, #"match.path: "/v1/monitor/grok" can"#),
      (#""path":"/v1/credits","prompt":"laptop""#, #"match.path: "/v1/credits" can match nothing"#),
    ])
  func refused(match: String, part: String) throws {
    let problems = try problems(match)
    #expect(problems.count == 1 && problems[0].contains(part), "\(problems)")
  }

  @Test("What strikes tasks and webhooks knows the submission of a task only")
  func tasks() throws {
    for kind in ["task_failure", "webhook_drop", "webhook_bad_signature"] {
      let path = #""path":"/v1/async/task""#
      #expect(try problems(path, kind) == [] && problems(#"\#(path),"method":"POST""#, kind) == [])
      #expect(try problems(#"\#(path),"provider":"grok","prompt":"x""#, kind) == [])
      let wrong = try problems(#""path":"/v1/async/task/batch""#, kind)
      #expect(wrong.count == 1 && wrong[0].contains("allowed: /v1/async/task, a path"), "\(wrong)")
      #expect(try problems(#""method":"GET""#, kind).count == 1)
    }
  }
}
