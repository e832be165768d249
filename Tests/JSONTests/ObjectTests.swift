import Testing

@testable import JSON

@Suite("Objects")
struct ObjectTests {
  @Test("Members keep their order")
  func order() throws {
    let text = #"{"z":1,"a":2,"m":{"y":3,"b":4},"0":5}"#
    #expect(try JSON.make(text).text == text)
  }

  @Test("Of members with the same name the last one counts, and all are kept")
  func duplicates() throws {
    let json = try JSON.make(#"{"a":1,"b":2,"a":3,"\u0061":4}"#)
    #expect(json["a"] == 4)
    #expect(json.object?.members.map(\.name) == ["a", "b", "a", "a"])
  }

  @Test("Setting replaces, appends or removes")
  func setting() throws {
    var object = try #require(try JSON.make(#"{"a":1,"b":2,"a":3}"#).object)
    object["b"] = 5
    object["c"] = 6
    #expect(JSON.object(object).text == #"{"a":1,"b":5,"a":3,"c":6}"#)
    object["a"] = 7
    #expect(object["a"] == 7)
    object["a"] = nil
    #expect(JSON.object(object).text == #"{"b":5,"c":6}"#)
    object["x"] = nil
    #expect(object.members.count == 2)
  }

  @Test("A member of something else than an object is nil, a null member is null")
  func subscripts() throws {
    #expect(try JSON.make("[1]")["a"] == nil)
    #expect(try JSON.make(#"{"a":null}"#)["a"] == .null)
    #expect(try JSON.make(#"{"a":null}"#)["b"] == nil)
  }

  @Test(
    "Types are named as JavaScript's validators name them",
    arguments: [
      ("null", "null"), ("true", "boolean"), ("1", "number"), ("1.5", "number"), ("\"\"", "string"),
      ("[]", "array"), ("{}", "object"),
    ])
  func typeNames(text: String, name: String) throws {
    #expect(try JSON.make(text).typeName == name)
  }
}
