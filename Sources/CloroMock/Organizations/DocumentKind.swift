import JSON
import Ledger

/// What a document of the database is: the numbers of ``Ledger/Document/kind``. They are part of
/// the file's form, so none is ever given another meaning.
enum DocumentKind: Int64, Sendable {
  /// Where the clock stands. One, of the double.
  case clock = 1
  /// How many keys were minted. One, of the double.
  case minted = 2
  /// Faults and stubs with their counts: see `RuleTexts.swift`.
  case rules = 3
  /// How many requests a key has made; the identifier is the key.
  case requests = 4
  /// How often a question was asked, where the weather or the answers' variety depends on that; the
  /// identifier is the question's number.
  case asked = 5
  /// What an organization's requests have taken since its last reset. One of each.
  case tally = 6
  /// Which of several recorded answers to a question comes next; the identifier is a hash of the
  /// question.
  case turns = 7
  /// The number of the last task that was submitted. One, of the double; a file of an earlier
  /// version has none.
  case submitted = 8
  /// The number of the last delivery. One, of the double.
  case delivered = 9
}

extension Ledger.Document {
  /// - Parameter organization: Whose; nil for a document of the double as a whole.
  init(of organization: Organization?, _ kind: DocumentKind, _ text: StoredText) {
    self.init(of: organization?.account, kind: kind.rawValue, id: text.id, body: text.body)
  }

  /// The one document of that kind that the double has.
  init(_ kind: DocumentKind, _ json: JSON) {
    self.init(of: nil, kind: kind.rawValue, body: json.encoded)
  }
}
