import Ledger

extension MockServer {
  /// What was used since the double was made, whatever was removed or reset since then.
  package struct Usage: Sendable, Equatable {
    /// The credits that were charged.
    package let credits: Int64
    /// The requests for `/v1`, and for paths that there are not.
    package let requests: Int64
    /// Those of them that a rule refused.
    package let refusals: Int64
  }

  /// What was used so far.
  ///
  /// - Throws: ``LedgerError`` when the ledger is closed.
  package func usage() throws(LedgerError) -> Usage {
    let counts = journal.statistics.counts
    return Usage(
      credits: try ledger.statistics().charged,
      requests: counts.byEndpoint.reduce(0) { $0 + $1.count },
      refusals: counts.byRule.reduce(0) { $0 + $1.count })
  }
}
