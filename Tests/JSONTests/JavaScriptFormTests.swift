import Testing

@testable import JSON

@Suite("As JavaScript writes and reads")
struct JavaScriptFormTests {
  /// What `JSON.stringify(JSON.parse(text))` of Node.js gives.
  static let numbers: [(String, String)] = [
    ("1e21", "1e+21"), ("1E5", "100000"), ("-0", "0"), ("-0.0", "0"), ("1.50", "1.5"),
    ("4.0", "4"), ("51.4180", "51.418"), ("1e20", "100000000000000000000"),
    ("123456789012345678901", "123456789012345680000"), ("1e-6", "0.000001"), ("1e-7", "1e-7"),
    ("1.25e-7", "1.25e-7"), ("-1.5e-9", "-1.5e-9"), ("0.00001234", "0.00001234"),
    ("9007199254740992", "9007199254740992"), ("9007199254740993", "9007199254740992"),
    ("-9007199254740993", "-9007199254740992"), ("9223372036854775807", "9223372036854776000"),
    ("18446744073709551615", "18446744073709552000"), ("5e-324", "5e-324"), ("1e-400", "0"),
    ("1.7976931348623157e308", "1.7976931348623157e+308"), ("0.1", "0.1"), ("100.25", "100.25"),
    ("123e-20", "1.23e-18"), ("4.35", "4.35"), ("1e16", "10000000000000000"),
    ("12345678901234567", "12345678901234568"), ("0.30000000000000004", "0.30000000000000004"),
  ]

  @Test("Numbers are written as JavaScript writes them", arguments: numbers)
  func number(text: String, written: String) throws {
    #expect(try JSON.make(text).asJavaScriptReads.text == written)
  }

  @Test("A number that is none is null, as in JavaScript")
  func infinite() {
    #expect(JSON.decimal(.infinity).text == "null" && JSON.decimal(.nan).text == "null")
  }

  static let objects: [(String, String)] = [
    (#"{"b":1,"a":2}"#, #"{"b":1,"a":2}"#),
    (#"{"b":1,"2":2,"10":3,"1":4}"#, #"{"1":4,"2":2,"10":3,"b":1}"#),
    (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#), (#"{"1":1,"0":2,"1":3}"#, #"{"0":2,"1":3}"#),
    (#"{"01":1,"-1":2,"1.0":3,"":4,"0":5}"#, #"{"0":5,"01":1,"-1":2,"1.0":3,"":4}"#),
    (#"{"4294967295":1,"4294967294":2}"#, #"{"4294967294":2,"4294967295":1}"#),
    (#"{"99999999999":1,"1":2}"#, #"{"1":2,"99999999999":1}"#),
    (#"{"__proto__":1,"a":2}"#, #"{"__proto__":1,"a":2}"#),
    (#"[{"a":[{"1":1,"0":9007199254740993}]}]"#, #"[{"a":[{"0":9007199254740992,"1":1}]}]"#),
  ]

  @Test("Members stand in JavaScript's order, each once", arguments: objects)
  func object(text: String, written: String) throws {
    #expect(try JSON.make(text).asJavaScriptReads.text == written)
  }
}
