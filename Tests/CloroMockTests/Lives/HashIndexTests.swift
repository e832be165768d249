import Simulation
import Testing

@testable import CloroMock

@Suite("Numbers by hashes")
struct HashIndexTests {
  @Test("What 20,000 random steps leave is found, and nothing else", arguments: [1, 1 << 34, 0])
  func model(scale: UInt64) {
    var index = HashIndex()
    var model: [UInt32: UInt64] = [:]
    var random = SeededRandom(seed: 5)
    /// Hashes that all differ, that differ in few bits, and that don't differ.
    func hash(_ number: UInt32) -> UInt64 {
      scale == 1 ? SeededRandom.mix(UInt64(number)) : UInt64(number % 64) &* scale
    }
    func isThere(_ number: UInt32) -> Bool {
      index.number(hash(number)) { $0 == number } == number
    }
    for step in 0..<20_000 {
      // First it grows, then it shrinks.
      let number = UInt32(random.next() % 3_000)
      let isGrowing = step < 12_000 || random.next() % 4 == 0
      switch (model[number], isGrowing) {
      case (nil, true):
        index.insert(hash(number), number)
        model[number] = hash(number)
      case (_?, false):
        index.remove(hash(number), number)
        model[number] = nil
      default: break
      }
      #expect(isThere(number) == (model[number] != nil))
    }
    #expect(index.count == model.count && model.count > 100)
    #expect((0..<3_000).allSatisfy { isThere($0) == (model[$0] != nil) })
    for number in model.keys { index.remove(hash(number), number) }
    #expect(index.count == 0 && !(0..<3_000).contains { isThere($0) })
  }

  @Test("A number is replaced where it stands; one that isn't there changes nothing")
  func replace() {
    var index = HashIndex()
    index.insert(7 << 32, 1)
    index.insert(7 << 32, 2)
    index.replace(7 << 32, 1, with: 9)
    index.replace(7 << 32, 5, with: 6)
    index.remove(7 << 32, 8)
    func found(_ number: UInt32) -> Bool { index.number(7 << 32) { $0 == number } != nil }
    #expect((0..<10).filter { found($0) } == [2, 9] && index.count == 2)
    #expect(index.number(8 << 32) { _ in true } == nil)
  }
}
