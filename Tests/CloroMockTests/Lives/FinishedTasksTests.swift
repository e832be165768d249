import Simulation
import Testing

@testable import CloroMock

@Suite("The order in which finished tasks go")
struct FinishedTasksTests {
  private let tasks = FinishedTasks(most: 100)
  private let (one, other): (Organization, Organization)

  init() throws {
    one = try APIKey.make(1).organization
    other = try APIKey.make(2).organization
  }

  private func note(_ numbers: ClosedRange<UInt64>, _ organization: Organization) -> [Identifier] {
    numbers.flatMap { number in
      tasks.note(Identifier(number), organization).map { owner, id in
        #expect(owner === one || owner === other)
        return id
      }
    }
  }

  @Test("The oldest go, whosever they are")
  func oldest() {
    #expect(note(1...60, one).isEmpty)
    #expect(note(61...100, other).isEmpty)
    #expect(note(101...161, other) == (1...61).map { Identifier($0) })
    #expect(note(162...163, one) == [Identifier(62), Identifier(63)])
  }

  @Test("Those of an organization that is gone make no other one's go, and don't pile up")
  func forgotten() throws {
    #expect(note(1...50, one).isEmpty)
    for _ in 0..<200 {
      let passing = try APIKey.make(3).organization
      #expect(note(1_001...1_050, passing).isEmpty)
      _ = tasks.forget(passing)
    }
    #expect(tasks.entries < 1_300)
    #expect(note(51...100, other).isEmpty)
    #expect(note(101...101, other) == [Identifier(1)])
    _ = tasks.forget(one)
    #expect(note(102...151, other) == [Identifier(51)])
  }

  @Test("In the midst of taking forgotten ones out the order stays")
  func order() throws {
    var (random, model) = (SeededRandom(seed: 4), [(owner: Organization, number: UInt64)]())
    var (passing, last) = (try APIKey.make(3).organization, UInt64(0))
    for _ in 0..<30_000 {
      if random.next() % 900 == 0 {
        _ = tasks.forget(passing)
        model.removeAll { $0.owner === passing }
        passing = try APIKey.make(3).organization
      }
      last += 1
      // The last one comes in bursts, so that many of its entries stand between others'.
      let owner = last % 4_000 < 2_500 ? passing : [one, other][Int(last % 2)]
      model.append((owner, last))
      let gone = model.prefix(max(0, model.count - 100))
      model.removeFirst(gone.count)
      let found = tasks.note(Identifier(last), owner)
      #expect(found.map(\.1) == gone.map { Identifier($0.number) })
      #expect(zip(found, gone).allSatisfy { $0.0 === $1.owner })
      #expect(tasks.entries < 1_500)
    }
  }

  @Test("A place in memory that another organization had is no reason to forget this one's")
  func sameAddress() throws {
    // Nobody forgets these, whose addresses the next ones may have.
    for _ in 0..<20 {
      _ = note(1_001...1_003, try APIKey.make(3).organization)
    }
    for _ in 0..<20 {
      let passing = try APIKey.make(3).organization
      _ = tasks.forget(passing)
      #expect(note(1...1, passing).isEmpty)
      _ = tasks.forget(passing)
    }
    #expect(note(2...42, one).isEmpty)
    // Only the 60 of the first ones are left before it, and go without being named.
    #expect(note(43...103, one) == [Identifier(2), Identifier(3)])
  }
}
