import CloroContract
import JSON
import Testing

@testable import CloroMock

@Suite("Faults")
struct FaultBoardTests {
  private let board = FaultBoard()

  private func add(_ text: String) throws {
    let problems = JSONProblems()
    var reader = try #require(
      ObjectReader(try JSON(parsing: Array(text.utf8)), problems: problems))
    let make = FaultReader.read(&reader)
    reader.finish()
    try #require(problems.list.isEmpty, "\(problems.list)")
    _ = board.add(try #require(make))
  }

  private func strikes(
    path: String = "/v1/credits", provider: Provider? = nil, question: String? = nil,
    seed: UInt64 = 0
  ) -> Bool {
    let subject = FaultBoard.Subject(
      key: nil, path: path, provider: provider, question: question, seed: seed)
    return board.strike(subject) { _ in true } != nil
  }

  @Test("Fail the first two, then work")
  func times() throws {
    try add(#"{"fault":{"kind":"status","status":503},"times":2}"#)
    #expect((0..<4).map { _ in strikes() } == [true, true, false, false])
  }

  @Test("Only the nth strikes")
  func nth() throws {
    try add(#"{"match":{"nth":3},"fault":{"kind":"connection_reset"}}"#)
    #expect((0..<4).map { _ in strikes() } == [false, false, true, false])
  }

  @Test("What doesn't match neither strikes nor counts")
  func match() throws {
    try add(
      #"{"match":{"provider":"grok","prompt":{"contains":"tent"},"nth":1},"fault":{"kind":"empty_response"}}"#
    )
    #expect(!strikes(provider: .grok, question: "boots"))
    #expect(!strikes(provider: .gemini, question: "tents"))
    #expect(!strikes(provider: .grok))
    #expect(strikes(provider: .grok, question: "tents"))
  }

  @Test("A probability strikes about that often, and the same requests every time")
  func probability() throws {
    try add(#"{"fault":{"kind":"connection_reset"},"probability":0.25}"#)
    let first = (0..<4000).map { strikes(seed: SeededRandom.mix(UInt64($0))) }
    let second = (0..<4000).map { strikes(seed: SeededRandom.mix(UInt64($0))) }
    #expect(first == second)
    #expect(850...1150 ~= first.count { $0 })
  }

  @Test("A removed fault strikes no more")
  func remove() throws {
    try add(#"{"fault":{"kind":"connection_reset"}}"#)
    #expect(strikes() && board.remove("fault-1") && !strikes() && !board.remove("fault-1"))
  }

  @Test(
    "What is wrong with a fault is said with what was expected",
    arguments: [
      (#"{}"#, "fault: is missing"), (#"{"fault":{}}"#, "fault.kind: is missing"),
      (#"{"fault":{"kind":"statsu"}}"#, #"did you mean "status"?"#),
      (#"{"fault":{"kind":"status"}}"#, "fault.status: is missing"),
      (#"{"fault":{"kind":"status","status":418}}"#, "fault.status: expected one of 400, 401"),
      (#"{"fault":{"kind":"status","status":500,"code":"NOPE"}}"#, "INTERNAL_SERVER_ERROR"),
      (#"{"fault":{"kind":"latency"}}"#, "fault.latency: is missing"),
      (#"{"fault":{"kind":"latency","latency":"-1s"}}"#, "fault.latency: expected a latency"),
      (#"{"fault":{"kind":"connection_reset"},"times":0}"#, "times: expected a whole number"),
      (#"{"fault":{"kind":"connection_reset"},"probability":2}"#, "probability: expected"),
      (#"{"fault":{"kind":"connection_reset"},"match":{"nht":1}}"#, #"did you mean "nth"?"#),
    ])
  func refused(text: String, part: String) throws {
    let problems = JSONProblems()
    var reader = try #require(
      ObjectReader(try JSON(parsing: Array(text.utf8)), problems: problems))
    _ = FaultReader.read(&reader)
    reader.finish()
    #expect(problems.list.contains { $0.description.contains(part) }, "\(problems.list)")
  }
}
