/// A published revision of cloro's contract. Requests don't say which revision they follow.
public enum ContractRevision: String, Sendable, CaseIterable {
  /// As published with the first official Python SDK; the default.
  case july2026 = "2026-07"
  /// As published in October 2026.
  case october2026 = "2026-10"
}

/// A value for each revision. Whatever may change with a revision is in such a table, even if all
/// revisions agree today.
public struct ByRevision<Value: Sendable>: Sendable {
  public let july: Value
  public let october: Value

  public init(july: Value, october: Value) {
    self.july = july
    self.october = october
  }

  /// The same in every revision.
  public init(_ value: Value) { self.init(july: value, october: value) }

  public subscript(revision: ContractRevision) -> Value {
    switch revision {
    case .july2026: july
    case .october2026: october
    }
  }
}

extension ByRevision: Equatable where Value: Equatable {}
extension ByRevision: Hashable where Value: Hashable {}
