import JSON
import Testing

@testable import CloroMock

@Suite("A task's answer")
struct TaskRendererTests {
  @Test("Its text is that of its members, for tasks of any kind")
  func text() throws {
    var maker = StateMaker(seed: 4)
    for number in 1...500 {
      let task = try maker.task(number)
      let members: JSON = [
        "task": .object(TaskRenderer.summary(of: task)), "credits": TaskRenderer.credits(of: task),
      ]
      var text = Array("{".utf8)
      TaskRenderer.writeSummary(of: task, to: &text)
      text += "}".utf8
      #expect(
        String(decoding: text, as: UTF8.self) == String(decoding: members.encoded, as: UTF8.self))
    }
  }
}
