/// A direct-mapped cache: each number belongs to one place, and a place keeps the element that was
/// stored last. Its memory is bounded, and nothing is searched. Used by one event loop only.
struct RecentPlaces<Element: AnyObject> {
  private var places: [Element?]
  /// For each place the number under which an element was last offered that wasn't stored.
  private var offered: [UInt64]

  /// - Parameter count: The number of places, a power of two. The default is 256.
  init(count: Int = 256) {
    precondition(count > 0 && count & (count - 1) == 0, "\(count) is no power of two.")
    places = Array(repeating: nil, count: count)
    offered = Array(repeating: 0, count: count)
  }

  /// The last element that was stored under this number or another number of the same place.
  subscript(number: UInt64) -> Element? {
    get { places[place(of: number)] }
    set { places[place(of: number)] = newValue }
  }

  /// Stores an element if the last one that was offered for its place had the same number. What is
  /// asked for only once is not stored, so that its memory is free again at once.
  mutating func offer(_ number: UInt64, _ element: () -> Element) {
    let place = place(of: number)
    if offered[place] == number {
      places[place] = element()
    } else {
      offered[place] = number
    }
  }

  mutating func removeAll() { for place in places.indices { places[place] = nil } }

  private func place(of number: UInt64) -> Int {
    Int(truncatingIfNeeded: number) & (places.count - 1)
  }
}
