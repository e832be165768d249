import CloroContract
import JSON
import Testing

@testable import CloroMock

/// Recorded results beside what is known of them.
@Suite struct RecordedShapesTests {
  private func shapes(
    _ result: JSON, _ contract: ContractRevision = .july2026, provider: Provider = .chatgpt
  ) -> RecordedShapes {
    var recording = RecordingTests.recording
    (recording.contract, recording.provider) = (contract, provider)
    recording.answer = .result(result.encoded)
    let file = RecordingFolder.File(name: "a", recording: recording)
    return RecordedShapes(of: [file, file])
  }

  @Test func whatIsNamedNowhereIsToldOnce() {
    let found = shapes([
      "text": "t", "café": 1, "sources": [["url": "u", "hue": "red"], ["hue": "blue"]],
    ])
    #expect(found.unknown == ["chatgpt: café", "chatgpt: sources[].hue"])
    #expect(found.retyped.isEmpty)
  }

  @Test func whatTheRevisionDescribesIsKnownThereAlone() {
    let result: JSON = ["text": "t", "mapSearchQueries": ["a"]]
    #expect(shapes(result, .october2026).unknown.isEmpty)
    // In July the service sent no such member, neither by its documents nor by its answers.
    let july = MemberTypes(of: .chatgpt, in: .july2026)
    var unknown: [String] = []
    july.compare(result) {
      unknown.append($0)
    } retyped: { _, _, _ in
    }
    #expect(unknown == ["mapSearchQueries"])
  }

  @Test func whatTheServiceSendsThoughNoDocumentSaysItIsKnown() {
    let result: JSON = ["shoppingCards": [["products": [["merchants": "a shop"]], "tags": []]]]
    #expect(shapes(result).unknown.isEmpty)
    var unknown: [String] = []
    MemberTypes(of: .chatgpt, in: .july2026).compare(result) {
      unknown.append($0)
    } retyped: {
      _, _, _ in
    }
    #expect(unknown == ["shoppingCards[].products[].merchants"])
  }

  @Test func anotherTypeIsToldWithThoseThatAreKnown() {
    let found = shapes(["text": 3, "sources": ["a"], "markdown": ["x": 1]])
    #expect(found.unknown.isEmpty)
    #expect(
      found.retyped == [
        "chatgpt: markdown: expected string, found object",
        "chatgpt: sources[]: expected object, found string",
        "chatgpt: text: expected string, found number",
      ])
  }

  @Test func nothingIsSaidBelowWhatIsTheProvidersOwn() {
    let found = shapes(["rawResponse": [["any": ["thing": 1]], "text"]])
    #expect(found.unknown.isEmpty)
    #expect(found.retyped.isEmpty)
  }

  @Test("All that the double makes up is known", arguments: Provider.allCases)
  func ownAnswers(provider: Provider) throws {
    let include = Include.named.reduce(into: Include()) { $0.insert($1.flag) }
    let request = MonitorRequest(provider: provider, question: "Which?", include: include)
    for contract in ContractRevision.allCases {
      for shapes in AnswerShapes.allCases {
        for variety in AnswerVariety.allCases {
          var text: [UInt8] = []
          ResultLibrary().render(
            ResultRenderer.Input(
              question: Question(request), revision: contract,
              style: AnswerStyle(shapes: shapes, variety: variety), seed: 4711, link: 0,
              origin: "http://a"),
            to: &text)
          let found = self.shapes(try JSON(parsing: text), contract, provider: provider)
          #expect(found.unknown.isEmpty)
          #expect(found.retyped.isEmpty)
        }
      }
    }
  }
}
