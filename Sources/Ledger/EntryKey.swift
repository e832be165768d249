/// The key of an entry: its organization, and its number within the organization.
///
/// Entries lie in the file organization by organization, each numbered from 1: a page of one
/// organization reads neighbouring rows, and parallel tests see the same ids as a test that runs
/// alone. Both parts are in one integer, because SQLite appends a row with an integer key in two
/// thirds of the time that a key of two columns takes.
enum EntryKey {
  /// How many of the key's bits hold the number. At 60,000 entries a second they last for 200 days.
  static let numberBits: Int64 = 40
  /// The largest number of an entry.
  static let lastNumber: Int64 = 1 << numberBits - 1
  /// The largest number of an organization.
  static let lastOrganization: Int64 = .max >> numberBits

  /// The key of one entry. The number 0 gives a key before the first entry; numbers beyond the last
  /// one give the last.
  static func of(_ organization: Int64, _ number: Int64) -> Int64 {
    organization << numberBits | min(max(0, number), lastNumber)
  }
}
