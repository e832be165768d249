import JSON
import Testing

/// A member's text is what stands there, not what a writer would make of it.
@Suite struct MemberTextTests {
  static let rows: [(text: String, member: String?)] = [
    (#"{"result":{"a":1}}"#, #"{"a":1}"#),
    (#" { "x" : "}\",{" , "result" : { "a" : [ 1.0 ] } , "z":0 } "#, #"{ "a" : [ 1.0 ] }"#),
    (#"{"result":1.50,"other":[{"result":2}]}"#, "1.50"),
    (#"{"result":"a\u0041\\","b":0}"#, #""a\u0041\\""#),
    (#"{"r\u0065sult":true}"#, "true"),
    (#"{"result":1,"result":null}"#, "null"),
    (#"{"result":[]}"#, "[]"),
    (#"{"nested":{"result":1}}"#, nil),
    ("{}", nil), ("[1]", nil), ("3", nil), (#"{"results":1}"#, nil),
  ]

  @Test(arguments: rows) func isTakenVerbatim(row: (text: String, member: String?)) throws {
    let text = Array(row.text.utf8)
    _ = try JSON(parsing: text)
    let found = JSON.text(ofMember: "result", in: text)
    #expect(found.map { String(decoding: $0, as: UTF8.self) } == row.member)
  }
}
