import Testing

@testable import CloroMock

@Suite("Places of recent elements")
struct RecentPlacesTests {
  private final class Element {}

  @Test("An element is stored when it is offered for the second time in a row")
  func offered() {
    var places = RecentPlaces<Element>(count: 4)
    var made: [Element] = []
    func offer(_ number: UInt64) {
      places.offer(number) {
        made.append(Element())
        return made[made.count - 1]
      }
    }
    offer(1)
    #expect(places[1] == nil && made.isEmpty)
    offer(1)
    #expect(places[1] != nil && places[1] === made.last && made.count == 1)
    // 5 has the same place as 1, and 2 has another.
    for number in [5, 1, 2, 5, 1] as [UInt64] { offer(number) }
    #expect(places[1] === made.last && places[2] == nil && made.count == 1)
    offer(1)
    #expect(places[1] === made.last && made.count == 2)
    places.removeAll()
    #expect(places[1] == nil)
  }
}
