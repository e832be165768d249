import Testing

@testable import CloroMock

@Suite("A long queue")
struct LongQueueTests {
  @Test("What goes in comes out in its order, over any number of chunks")
  func order() {
    var queue = LongQueue<Int>()
    var (last, next) = (0, 0)
    for round in 0..<40 {
      for _ in 0..<(round % 7 * 100) {
        queue.append(last)
        last += 1
      }
      for _ in 0..<(round % 5 * 150) {
        let element = queue.popFirst()
        #expect(element == (next < last ? next : nil))
        if element != nil { next += 1 }
      }
      #expect(queue.count == last - next)
    }
    while let element = queue.popFirst() {
      #expect(element == next)
      next += 1
    }
    #expect(next == last && queue.count == 0)
  }
}
