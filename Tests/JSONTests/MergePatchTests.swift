import JSON
import Testing

@Suite("JSON Merge Patch")
struct MergePatchTests {
  /// RFC 7396, appendix A, where the patch is an object; then repeated members, and their order.
  static let rows: [(target: String, patch: String, result: String)] = [
    (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
    (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
    (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
    (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
    (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
    (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
    ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
    ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    (#"{"a":1}"#, #"{"a":2,"a":3}"#, #"{"a":3}"#), (#"{"a":1}"#, #"{"a":2,"a":null}"#, "{}"),
    (#"{"a":1,"b":2}"#, #"{"a":null,"a":3}"#, #"{"b":2,"a":3}"#),
    (#"{"a":1,"b":2,"c":3}"#, #"{"d":4,"b":0}"#, #"{"a":1,"b":0,"c":3,"d":4}"#),
    (#"{"a":1}"#, #"{"a":[null]}"#, #"{"a":[null]}"#),
  ]

  @Test("A patch changes, adds and removes members, and keeps their order", arguments: rows.indices)
  func merge(index: Int) throws {
    let row = Self.rows[index]
    let patch = try #require(try JSON(parsing: Array(row.patch.utf8)).object)
    let merged = try JSON(parsing: Array(row.target.utf8)).merging(patch)
    #expect(String(decoding: merged.encoded, as: UTF8.self) == row.result)
  }
}
