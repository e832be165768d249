/// The numbers under which an organization's entries and documents lie in the tables: at first its
/// own number, for both.
///
/// What has many entries or documents isn't emptied row by row while everybody waits: it is given
/// an empty partition in the same transaction, and the old one is dropped, which is one row. What
/// lies in a dropped partition is seen by nobody, and is deleted later in portions
/// (``Ledger/sweep()``).
struct Partitions: Equatable {
  /// The upper part of the keys of its entries: ``EntryKey``.
  var entries: Int64
  /// The column `organization` of its documents.
  var documents: Int64

  init(entries: Int64, documents: Int64) {
    (self.entries, self.documents) = (entries, documents)
  }

  /// Those of an organization that has never been given others.
  init(ofOrganization number: Int64) {
    self.init(entries: number, documents: number)
  }
}

/// Gives out the numbers of partitions.
///
/// New organizations have their own number where that is free, so that in most files entries and
/// documents can be read by the organization's number. All others are given from the largest one
/// down, none of them twice as long as the ledger is open, unless millions are used up.
struct PartitionNumbers {
  /// The largest number there is.
  private let largest: Int64
  /// The largest number of an organization so far; no number up to it is given any more.
  private var highest: Int64
  /// The lowest number that was given from above.
  private var lowest: Int64
  /// The numbers that were in use when giving began at the largest one.
  private var used: Set<Int64>

  /// - Parameters:
  ///   - highest: The largest number of an organization; 0 when there is none.
  ///   - used: All numbers above it that are in use, and all that are dropped.
  ///   - largest: The largest number there is, by default the largest of an ``EntryKey``.
  init(
    above highest: Int64, used: Set<Int64>, largest: Int64 = EntryKey.lastOrganization
  ) {
    (self.highest, self.used, self.largest) = (highest, used, largest)
    lowest = largest + 1
  }

  /// Whether a new organization may have its own number, as long as that isn't dropped at the
  /// moment.
  mutating func claim(_ number: Int64) -> Bool {
    guard number < lowest, !used.contains(number) else { return false }
    highest = max(highest, number)
    return true
  }

  /// The next number.
  ///
  /// - Parameter inUse: All numbers in use at the moment, for when all have been given once.
  /// - Returns: nil when all of them are in use.
  mutating func next(
    inUse: () throws(LedgerError) -> Set<Int64>
  ) throws(LedgerError) -> Int64? {
    for isAgain in [false, true] {
      if isAgain {
        used = try inUse()
        lowest = largest + 1
      }
      while lowest > highest + 1 {
        lowest -= 1
        if !used.contains(lowest) { return lowest }
      }
    }
    return nil
  }
}
