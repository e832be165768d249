/// A number of places, each for the last one of the things that belong to it: the memory is
/// bounded, and no place is ever searched. For one event loop alone.
struct RecentPlaces<Element: AnyObject> {
  private var places: [Element?]

  /// - Parameter count: How many places, a power of two. The default is 256.
  init(count: Int = 256) {
    precondition(count > 0 && count & (count - 1) == 0, "\(count) is no power of two.")
    places = Array(repeating: nil, count: count)
  }

  /// What was kept last of the things whose numbers share a place with this one.
  subscript(number: UInt64) -> Element? {
    get { places[Int(truncatingIfNeeded: number) & (places.count - 1)] }
    set { places[Int(truncatingIfNeeded: number) & (places.count - 1)] = newValue }
  }
}
