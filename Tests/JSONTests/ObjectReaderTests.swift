import Testing

@testable import JSON

@Suite("Reading an object's members")
struct ObjectReaderTests {
  enum Colour: String, CaseIterable { case red, green }

  /// Reads every kind of member and returns the problems.
  private func problems(_ text: String, path: String = "") throws -> [String] {
    let (made, problems) = try ObjectReader.make(text, path: path)
    guard var reader = made else { return problems.texts }
    _ = reader.string("name")
    _ = reader.bool("enabled")
    _ = reader.integer("count", in: 1...10)
    _ = reader.integer("size", in: 0...Int64.max)
    _ = reader.integer("any")
    _ = reader.choice("colour", of: Colour.self)
    _ = reader.array("list")
    if var inner = reader.reader("inner") {
      inner.require("x")
      _ = inner.integer("x")
      inner.finish()
    }
    for var item in reader.readers("items") ?? [] {
      _ = item.string("id")
      item.finish()
    }
    reader.finish()
    return problems.texts
  }

  @Test("Of a document with endless problems, a thousand are told")
  func endless() throws {
    let members = (0..<100_000).map { "\"x\($0)\":1" }.joined(separator: ",")
    #expect(try problems("{\(members)}").count == JSONProblems.most)
  }

  @Test(
    "A good object has no problems",
    arguments: [
      "{}", #"{"name":"a","enabled":false,"count":10,"size":0,"any":-5,"colour":"green"}"#,
      #"{"list":[],"inner":{"x":2.0},"items":[{"id":"a"},{}]}"#,
    ])
  func good(text: String) throws {
    #expect(try problems(text) == [])
  }

  @Test(
    "A problem says where and what was expected",
    arguments: [
      (#"{"name":5}"#, "name: expected a string, found 5"),
      (#"{"name":null}"#, "name: expected a string, found null"),
      (#"{"enabled":"yes"}"#, "enabled: expected true or false, found \"yes\""),
      (#"{"count":0}"#, "count: expected a whole number from 1 to 10, found 0"),
      (#"{"count":11}"#, "count: expected a whole number from 1 to 10, found 11"),
      (#"{"count":1.5}"#, "count: expected a whole number from 1 to 10, found 1.5"),
      (#"{"count":"1"}"#, "count: expected a whole number from 1 to 10, found \"1\""),
      (#"{"size":-1}"#, "size: expected a whole number of at least 0, found -1"),
      (#"{"any":[]}"#, "any: expected a whole number, found array"),
      (
        #"{"colour":"gren"}"#,
        "colour: \"gren\" is unknown, did you mean \"green\"?; allowed: red, green"
      ),
      (#"{"colour":"ultramarine"}"#, "colour: \"ultramarine\" is unknown; allowed: red, green"),
      (#"{"list":{}}"#, "list: expected an array, found object"),
      (#"{"inner":[]}"#, "inner: expected an object, found array"),
      (#"{"inner":{}}"#, "inner.x: is missing"),
      (#"{"items":[{},{"id":1}]}"#, "items[1].id: expected a string, found 1"),
      (#"{"items":[7]}"#, "items[0]: expected an object, found number"),
      (#"{"name":"a","name":"b"}"#, "name: stands twice"),
      ("[]", "expected an object, found array"),
    ])
  func bad(text: String, problem: String) throws {
    #expect(try problems(text) == [problem])
  }

  @Test(
    "An unknown member is named with the nearest one that is allowed",
    arguments: [
      (#"{"nmae":1}"#, "nmae: unknown member, did you mean \"name\"?"),
      (#"{"Colour":1}"#, "Colour: unknown member, did you mean \"colour\"?"),
      (#"{"somethingElse":1}"#, "somethingElse: unknown member;"),
      (#"{"inner":{"x":1,"xx":1}}"#, "inner.xx: unknown member, did you mean \"x\"?"),
    ])
  func unknown(text: String, start: String) throws {
    let problem = try #require(try problems(text).first)
    #expect(problem.hasPrefix(start))
    #expect(problem.contains("allowed: "))
  }

  @Test("All problems are noted, under the object's own path")
  func several() throws {
    let found = try problems(#"{"count":0,"name":1,"inner":{},"huh":0,"huh":0}"#, path: "a.b")
    #expect(found.count == 5)
    #expect(found.allSatisfy { $0.hasPrefix("a.b.") })
    #expect(found[2] == "a.b.inner.x: is missing")
  }

  @Test("A member that stands three times is noted once")
  func thrice() throws {
    #expect(try problems(#"{"name":"a","name":"b","name":"c"}"#) == ["name: stands twice"])
  }

  @Test("A long value is shown in part")
  func longValue() throws {
    let text = String(repeating: "é", count: 100)
    let problem = try #require(try problems(#"{"count":"\#(text)"}"#).first)
    #expect(problem.utf8.count < 130)
  }

  @Test("The nearest name ignores case, and nothing is near to something far")
  func nearest() {
    #expect(ObjectReader.nearest("RATELIMIT", ["rateLimit", "pricing"]) == "rateLimit")
    #expect(ObjectReader.nearest("zzzzzz", ["rateLimit"]) == nil)
    #expect(ObjectReader.nearest("a", []) == nil)
    #expect(ObjectReader.hint("credit", ["credits", "plan"]) == ", did you mean \"credits\"?")
  }
}
