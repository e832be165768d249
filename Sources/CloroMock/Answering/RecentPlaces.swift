import Synchronization

/// A few hundred places, each for the last one of the things that belong to it: the memory is bounded,
/// and no place is ever searched.
final class RecentPlaces<Element: AnyObject & Sendable>: Sendable {
  private final class Place: Sendable {
    let element = Mutex<Element?>(nil)
  }

  private let places = (0..<256).map { _ in Place() }

  /// What was kept last of the things whose numbers share a place with this one. To wait for another
  /// thread would take longer than to make it again: nothing is found then, or kept.
  subscript(number: UInt64) -> Element? {
    get { place(number).element.withLockIfAvailable { $0 } ?? nil }
    set { place(number).element.withLockIfAvailable { $0 = newValue } }
  }

  private func place(_ number: UInt64) -> Place { places[Int(number % UInt64(places.count))] }
}
