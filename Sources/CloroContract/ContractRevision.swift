/// A published state of cloro's contract. No version field on the wire tells them apart.
public enum ContractRevision: String, Sendable, CaseIterable {
  /// As published with the first official Python SDK; the default.
  case july2026 = "2026-07"
  /// As published in October 2026.
  case october2026 = "2026-10"
}
