/// A direct-mapped cache: each number belongs to one place, and a place keeps the element that was
/// stored last. Its memory is bounded, and nothing is searched. Used by one event loop only.
struct RecentPlaces<Element: AnyObject> {
  private var places: [Element?]

  /// - Parameter count: The number of places, a power of two. The default is 256.
  init(count: Int = 256) {
    precondition(count > 0 && count & (count - 1) == 0, "\(count) is no power of two.")
    places = Array(repeating: nil, count: count)
  }

  /// The last element that was stored under this number or another number of the same place.
  subscript(number: UInt64) -> Element? {
    get { places[Int(truncatingIfNeeded: number) & (places.count - 1)] }
    set { places[Int(truncatingIfNeeded: number) & (places.count - 1)] = newValue }
  }

  mutating func removeAll() { for place in places.indices { places[place] = nil } }
}
