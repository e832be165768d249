import Testing

@testable import CloroMock

@Suite("How often questions were asked")
struct AskedQuestionsTests {
  @Test("Each question counts for itself")
  func counts() {
    var asked = AskedQuestions()
    #expect([1, 2, 1, 1, 2].map { asked.count($0) } == [0, 0, 1, 2, 1])
  }

  @Test("The oldest is forgotten when there are too many, and counts anew")
  func bounded() {
    var asked = AskedQuestions()
    for question in 0...UInt64(AskedQuestions.most) { #expect(asked.count(question) == 0) }
    #expect(asked.count(0) == 0 && asked.count(UInt64(AskedQuestions.most)) == 1)
  }
}
