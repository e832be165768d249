import Testing

@testable import HTTPServer

@Suite("Header fields")
struct HTTPFieldsTests {
  private static func make(_ pairs: [(StaticString, String)]) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in pairs { fields.append(name, value) }
    return fields
  }

  @Test("stand on the wire as they were appended")
  func wire() {
    var fields = Self.make([("A", "b"), ("C", "")])
    fields.append("N", Int64(-12))
    fields.append(contentsOf: Self.make([("D", "e")]))
    #expect(fields.wire == latin1("A: b\r\nC: \r\nN: -12\r\nD: e\r\n"))
  }

  @Test("are found whatever the case of their names")
  func lookUp() {
    let fields = Self.make([("Content-Type", "a"), ("content-type", "b"), ("X", "c")])
    #expect(fields["CONTENT-TYPE"] == "a")
    #expect(fields["x"] == "c")
    #expect(fields["Content"] == nil)
    #expect(HTTPFields()["x"] == nil)
  }

  @Test("give a value that stands once, and none of several")
  func soleValues() {
    let fields = Self.make([("A", "b"), ("C", " d "), ("a", "b"), ("Ca", "e")])
    #expect(fields.soleValue(of: "c") == "d" && fields.soleValue(of: "CA") == "e")
    #expect(fields.soleValue(of: "A") == nil && fields.soleValue(of: "x") == nil)
    #expect(HTTPFields().soleValue(of: "a") == nil)
  }

  @Test("come in order, without the white space around their values")
  func order() {
    let fields = HTTPFields(wire: latin1("A:b\r\nC: \t d e \t\r\nF:\r\n"))
    #expect(fields.all.map(\.name) == ["A", "C", "F"])
    #expect(fields.all.map(\.value) == ["b", "d e", ""])
  }

  @Test("give what follows a prefix of the first value")
  func prefixes() {
    let fields = Self.make([
      ("Authorization", "Bearer xyz"), ("authorization", "Basic abc"), ("E", ""),
    ])
    #expect(fields.value(of: "authorization", after: "Bearer ") == "xyz")
    #expect(fields.value(of: "Authorization", after: "bearer ") == nil)
    #expect(fields.value(of: "Authorization", after: "Bearer xyz") == "")
    #expect(fields.value(of: "Authorization", after: "Bearer xyz1") == nil)
    #expect(fields.value(of: "E", after: "") == "")
    #expect(fields.value(of: "F", after: "") == nil)
  }

  @Test(
    "can't be split by a value",
    arguments: ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b", "a\u{7F}b", "\r\n\r\nbody"])
  func splitting(value: String) {
    let fields = Self.make([("A", value), ("B", "c")])
    #expect(fields.all.count == 2)
    #expect(fields["b"] == "c")
    let text = fields.all[0].value
    #expect(!text.utf8.contains { $0 < 0x20 || $0 == 0x7F })
  }

  @Test(
    "write decimal numbers",
    arguments: [0, 7, 9, 10, 99, 100, -1, -10, Int64.max, Int64.min, 1_234_567_890])
  func decimal(value: Int64) {
    var bytes: [UInt8] = []
    bytes.append(decimal: value)
    #expect(bytes == latin1("\(value)"))
  }
}
