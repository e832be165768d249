import Testing

@testable import Simulation

@Suite("Clock modes")
struct ClockModeTests {
  @Test(
    "A mode is read from its name and written as the same",
    arguments: [
      ("real", .real, 1), ("manual", .manual, 0), ("x1", .scaled(1), 1), ("x60", .scaled(60), 60),
      ("x0.5", .scaled(0.5), 0.5), ("x100000", .scaled(100_000), 100_000),
    ] as [(String, ClockMode, Double)])
  func good(text: String, mode: ClockMode, factor: Double) {
    #expect(ClockMode(text) == mode)
    #expect(mode.description == text)
    #expect(mode.factor == factor)
  }

  @Test(
    "Anything else is refused",
    arguments: [
      "", "x", "x0", "x-1", "x100001", "xnan", "xinf", "X2", "2x", "60", "Real", "manual ", "x 2",
      "x2 ", "x1,5", "x0x10", "x-0",
    ])
  func bad(text: String) {
    #expect(ClockMode(text) == nil)
  }
}
