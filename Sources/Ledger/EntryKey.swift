/// By which an entry is found: its organization, and its number within that.
///
/// Entries lie in the file organization by organization, each numbered from 1: a page of one
/// organization is one walk over neighbouring rows, whatever the others do, and parallel tests see
/// the ids they would see alone. Both are one integer, because SQLite adds a row behind the last
/// one by its integer key in two thirds of the time that a key of two columns takes.
enum EntryKey {
  /// How many of the key's bits are the number. At 60,000 entries a second they last for 200 days.
  static let numberBits: Int64 = 40
  /// The largest number of an entry.
  static let lastNumber: Int64 = 1 << numberBits - 1
  /// The largest number of an organization.
  static let lastOrganization: Int64 = .max >> numberBits

  /// The key of one entry; 0 is before the first, and what lies past the last number is the last.
  static func of(_ organization: Int64, _ number: Int64) -> Int64 {
    organization << numberBits | min(max(0, number), lastNumber)
  }
}
