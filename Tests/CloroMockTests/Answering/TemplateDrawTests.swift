import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Draws of result templates")
struct TemplateDrawTests {
  private func values(_ text: String, seeds: Range<UInt64> = 0..<300) throws -> [JSON] {
    let template = try ResultTemplate.make(text)
    return try seeds.map { try JSON(parsing: template.rendered(.make(seed: $0))) }
  }

  @Test("pick takes each option, and its binding repeats the one that was taken")
  func pick() throws {
    let drawn = try values(#"["{{pick x: a|b \"q\"|c: d}}","{{x}}"]"#)
    #expect(drawn.allSatisfy { $0.array?[0] == $0.array?[1] })
    #expect(Set(drawn.compactMap { $0.array?[0].string }) == ["a", "b \"q\"", "c: d"])
    #expect(Set(try values(#""{{pick $|$$|$$$}}""#)) == ["$", "$$", "$$$"])
    #expect(Set(try values(#""{{=pick true|false}}""#)) == [true, false])
  }

  @Test("int takes every number of its range, raw or as text, negative too")
  func integers() throws {
    #expect(Set(try values(#""{{=int -2..2}}""#)) == [-2, -1, 0, 1, 2])
    #expect(Set(try values(#""{{int 7..9}} €""#)) == ["7 €", "8 €", "9 €"])
    #expect(Set(try values(#""{{=int 5..5}}""#)) == [5])
    let bound = try values(#"["{{=int n: 1..1000}}","{{n}}","{{=n}}"]"#)
    #expect(bound.allSatisfy { $0.array?[1].string == $0.array?[0].integer.map(String.init) })
    #expect(bound.allSatisfy { $0.array?[0] == $0.array?[2] } && Set(bound).count > 100)
  }

  @Test("decimal has no zeros at its end, and no point before nothing, below zero too")
  func decimals() throws {
    let drawn = try values(#""{{decimal 3.5..4.9}}""#).compactMap(\.string)
    #expect(drawn.allSatisfy { $0 == "4" || $0.utf8.count == 3 && ("3.5"..."4.9").contains($0) })
    #expect(Set(drawn).count == 15)
    #expect(Set(try values(#""{{decimal 0.08..0.11}}""#)) == ["0.08", "0.09", "0.1", "0.11"])
    #expect(
      Set(try values(#""{{decimal -1.1..0.1}}""#).compactMap(\.string)).isSuperset(of: [
        "-1.1", "-1", "-0.9", "-0.1", "0", "0.1",
      ]))
    let bound = try values(#"["{{=decimal x: 40.0000..52.9999}}","{{=x}}"]"#)
    #expect(bound.allSatisfy { $0.array?[0] == $0.array?[1] })
  }

  @Test("Each round of a repetition draws anew, each place for itself")
  func rounds() throws {
    let rounds = try values(#"[{"$repeat":50,"$of":"{{=int 1..1000000}}"}]"#, seeds: 1..<2)
    #expect(Set(rounds[0].array ?? []).count == 50)
    let places = try values(#"["{{=int 1..1000000}}","{{=int 1..1000000}}"]"#)
    #expect(places.allSatisfy { $0.array?[0] != $0.array?[1] })
  }

  @Test("What a condition leaves out changes no other draw")
  func independent() throws {
    let text = #"{"a?include.ads":"{{int 1..1000000}}","b":"{{int 1..1000000}}"}"#
    let template = try ResultTemplate.make(text)
    let without = try JSON(parsing: template.rendered(.make()))
    let with = try JSON(parsing: template.rendered(.make(include: .ads)))
    #expect(without["b"] == with["b"] && with["a"] != nil && without["a"] == nil)
  }

  @Test(
    "A malformed template is refused",
    arguments: [
      #""{{nothing}}""#, #""{{}}""#, #""{{question""#, #""a {{=question}}""#, #""{{ question }}""#,
      #""{{=}}""#, #""{{pick}}""#, #""{{pick |}}""#, #""{{pick x: |}}""#, #""{{int}}""#,
      #""{{int 5}}""#,
      #""{{int 5..}}""#, #""{{int ..5}}""#, #""{{int a..b}}""#, #""{{int 5..3}}""#,
      #""{{int 1..2..3}}""#,
      #""{{int 1.5..2.5}}""#, #""{{int 1...5}}""#, #""{{decimal 3..5}}""#,
      #""{{decimal 3.5..4.95}}""#,
      #""{{decimal 3..4.5}}""#, #""{{decimal 1.2.3..2.2.3}}""#, #""{{decimal .5..1.5}}""#,
      #""{{int -9223372036854775808..9223372036854775807}}""#,
      #""{{decimal 0.0000000000000000000000..0.0000000000000000000001}}""#, #""{{float 1..2}}""#,
      #"{"a?":1}"#, #"{"a?2026-08":1}"#, #"{"a?2026-07&":1}"#, #"{"a?!":1}"#, #"{"a?!!mobile":1}"#,
      #"{"a?0%":1}"#, #"{"a?100%":1}"#, #"{"a?x%":1}"#, #"{"a?5%&6%":1}"#, #"{"$let":1}"#,
      #"{"$let":["a"]}"#, #"{"$let":["{{question}}"]}"#, #"{"$let":["{{int 1..2}}"]}"#,
      #"{"a?include.x":1}"#, #"{"?":1}"#, #"[{"$if":1}]"#, #"[{"$if":"x"}]"#,
      #"[{"$repeat":"x","$of":1}]"#, #"[{"$repeat":-1,"$of":1}]"#, #"[{"$repeat":1001,"$of":1}]"#,
      #"[{"$repeat":1.5,"$of":1}]"#, #"[{"$repeat":2}]"#, #""{{late}} {{pick late: a}}""#,
    ])
  func malformed(text: String) {
    #expect(throws: ResultTemplateCompiler.Malformed.self) { try ResultTemplate.make(text) }
  }

  @Test("A member may have an empty name")
  func emptyName() throws {
    #expect(try ResultTemplate.rendered(#"{"":1}"#) == #"{"":1}"#)
  }
}
