import Testing

@testable import HTTPServer

@Suite("One direction of a tunnel")
struct TunnelFlowTests {
  private static func keep(_ text: String, in flow: inout TunnelFlow) {
    latin1(text).withUnsafeBytes { flow.keep($0) }
  }

  @Test("reads only while nothing waits")
  func backPressure() {
    var flow = TunnelFlow(latin1("ab"))
    #expect(!flow.wantsBytes)
    flow.advance(1)
    #expect(Array(flow.waiting) == latin1("b"))
    #expect(!flow.wantsBytes)
    flow.advance(1)
    #expect(flow.waiting.isEmpty)
    #expect(flow.wantsBytes)
    Self.keep("c", in: &flow)
    #expect(Array(flow.waiting) == latin1("c"))
    #expect(!flow.wantsBytes)
  }

  @Test("tells the target of the end once, after the last byte")
  func end() {
    var flow = TunnelFlow()
    Self.keep("a", in: &flow)
    flow.ended(.finished)
    var ends = [flow.takesEnd()]
    flow.advance(1)
    #expect(!flow.wantsBytes)
    ends += [flow.takesEnd(), flow.takesEnd()]
    #expect(ends == [false, true, false])
    #expect(flow.isOver)
    #expect(!flow.isCut)
  }

  @Test("is cut when its source breaks, once the target has what came before")
  func broken() {
    var flow = TunnelFlow()
    Self.keep("a", in: &flow)
    flow.ended(.finished)
    flow.ended(.broken)
    flow.ended(.finished)
    #expect(!flow.isCut)
    flow.advance(1)
    #expect(flow.isCut)
    let isTold = flow.takesEnd()
    #expect(!isTold)
  }

  @Test("keeps and reads nothing for a target that is gone")
  func targetGone() {
    var flow = TunnelFlow(latin1("a"))
    flow.dropTarget()
    #expect(flow.waiting.isEmpty)
    #expect(!flow.wantsBytes)
    flow.ended(.finished)
    let isTold = flow.takesEnd()
    #expect(!isTold)
  }
}
