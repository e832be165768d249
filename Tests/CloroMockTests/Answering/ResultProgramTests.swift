import CloroContract
import Testing

@testable import CloroMock

@Suite("Result templates for requests of one kind")
struct ResultProgramTests {
  private func program(_ text: String, _ input: ResultRenderer.Input) throws -> ResultProgram {
    ResultProgram(try ResultTemplate.make(text), for: TemplateFacts(input))
  }

  @Test("What the request decides is decided before: the rest is one text")
  func decided() throws {
    let text = #"""
      {"a?2026-07":1,"b?2026-10":2,"c":[{"$if":"desktop","d?!legacy":3},{"$if":"mobile","e":4}],
       "f?60%":5,"g?!60%":6,"h?include.html":[{"$if":"!20%","i":7}]}
      """#
    let full = try program(text, .make(include: .html))
    #expect(full.steps.count == 1)
    #expect(String(decoding: full.text, as: UTF8.self) == #"{"a":1,"c":[{"d":3}],"f":5,"h":[]}"#)
    let sparse = try program(text, .make(style: AnswerStyle(variety: .sparse)))
    #expect(sparse.steps.count == 1)
    #expect(String(decoding: sparse.text, as: UTF8.self) == #"{"a":1,"c":[{"d":3}],"g":6}"#)
  }

  @Test("What is there in some answers only is drawn in each")
  func drawn() throws {
    let typical = AnswerStyle(variety: .typical)
    let program = try program(#"{"a":1,"b?50%":2,"c?50%&2026-10":3}"#, .make(style: typical))
    var seen: [String: Int] = [:]
    for seed in 0..<100 as Range<UInt64> {
      let input = ResultRenderer.Input.make(seed: seed, style: typical)
      seen[String(decoding: program.rendered(input), as: UTF8.self), default: 0] += 1
    }
    #expect(Set(seen.keys) == [#"{"a":1}"#, #"{"a":1,"b":2}"#])
    #expect(seen.values.allSatisfy { $0 > 25 })
  }

  @Test("A round's text starts with a comma from the second round on")
  func rounds() throws {
    #expect(
      try ResultTemplate.rendered(
        #"[{"$repeat":3,"$as":"n","$of":[{"a":"{{=n}}"},{"$if":"mobile","b":0},"c"]},"d"]"#)
        == #"[{"a":1},"c",{"a":2},"c",{"a":3},"c","d"]"#)
    #expect(try ResultTemplate.rendered(#"[{"$repeat":0,"$of":1},2]"#) == "[2]")
  }

  @Test("Texts of every length are copied whole, and nothing of what stands behind them")
  func lengths() throws {
    for length in 1...140 {
      let text = String(repeating: "t", count: length)
      let option = String(repeating: "o", count: length)
      #expect(
        try ResultTemplate.rendered(
          "[\"\(text){{pick n: \(option)}}|{{pick \(option)}}|{{n}}\",\"\(option)\"]")
          == "[\"\(text)\(option)|\(option)|\(option)\",\"\(option)\"]")
    }
  }

  @Test("A result is appended, and the same however much memory was expected")
  func memory() throws {
    let text = #"{"a":"{{pick n: one|two}}","b":"{{id}} {{question}} {{n}}"}"#
    let program = try program(text, .make())
    let input = ResultRenderer.Input.make(question: String(repeating: "\"why\"? ", count: 300))
    let result = program.rendered(input)
    for capacity in [1, 20, result.count - 1, result.count, result.count + 100] {
      var output = Array("before".utf8)
      let links = ResultRenderer.render(program, input, capacity: capacity, to: &output)
      #expect(output == Array("before".utf8) + result)
      #expect(links.map { output[$0..<$0 + 36] } == [Array(input.id.text.utf8)[...]])
    }
  }

  @Test("A kind of request that was asked long ago has the same answer")
  func manyKinds() {
    let library = ResultLibrary()
    let inputs = BuiltInTemplateTests.combinations(.chatgpt).flatMap { include in
      [MonitorRequest.Device.desktop, .mobile].flatMap { device in
        ContractRevision.allCases.map { revision in
          ResultRenderer.Input.make(.chatgpt, revision, include: include, device: device)
        }
      }
    }
    // More than a library keeps.
    #expect(inputs.count > 64)
    let first = inputs.map { library.body(of: $0) }
    #expect(Set(first).count > 10)
    #expect(inputs.map { library.body(of: $0) } == first)
    #expect(inputs.map { ResultLibrary().body(of: $0) } == first)
  }
}
