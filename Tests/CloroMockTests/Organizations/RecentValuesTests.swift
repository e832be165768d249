import Testing

@testable import CloroMock

@Suite("Recent values")
struct RecentValuesTests {
  @Test("The oldest makes room for a new one")
  func oldest() {
    var recent = RecentValues<String, Int>(atMost: 2)
    #expect(recent.set("a", 1) == nil)
    #expect(recent.set("b", 2) == nil)
    // It keeps its age.
    #expect(recent.set("a", 3) == 1)
    #expect(recent.set("c", 4) == nil)
    #expect(recent["a"] == nil && recent["b"] == 2 && recent["c"] == 4 && recent.count == 2)
  }

  @Test("One that comes and goes is new each time")
  func comesAndGoes() {
    var recent = RecentValues<String, Int>(atMost: 2)
    recent.set("other", 0)
    for number in 0..<1000 {
      #expect(recent.set("a", number) == nil)
      recent.remove("a")
    }
    #expect(recent["other"] == 0)
    recent.set("b", 1)
    recent.set("a", 2)
    #expect(recent["other"] == nil && recent["b"] == 1 && recent["a"] == 2)
  }

  @Test("It is empty when all are removed")
  func empty() {
    var recent = RecentValues<Int, Int>(atMost: 3)
    for key in 0..<10 { recent.set(key, key) }
    #expect(recent.count == 3)
    for key in 7..<10 { recent.remove(key) }
    #expect(recent.isEmpty)
  }
}
