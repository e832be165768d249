import CloroContract

/// Counts of requests, for the metrics. A pure value.
struct RequestCounts: Sendable {
  /// By endpoint and status, each in the order of first occurrence.
  private var answers: [[(status: Int, count: Int64)]] = Array(
    repeating: [], count: Endpoint.all.count)
  private var refusals = [Int64](repeating: 0, count: JournalReason.Rule.allCases.count)

  /// - Parameter status: nil when the connection ended without one.
  mutating func count(_ endpoint: Endpoint, status: Int?, _ rule: JournalReason.Rule) {
    let status = status ?? 0
    if let index = answers[endpoint.index].firstIndex(where: { $0.status == status }) {
      answers[endpoint.index][index].count += 1
    } else {
      answers[endpoint.index].append((status, 1))
    }
    if !rule.isAnswered { refusals[rule.index] += 1 }
  }

  /// Each endpoint's answers by status; status 0 means that the connection ended without one.
  var byEndpoint: [(endpoint: Endpoint, status: Int, count: Int64)] {
    Endpoint.all.flatMap { endpoint in
      answers[endpoint.index].sorted { $0.status < $1.status }.map {
        (endpoint, $0.status, $0.count)
      }
    }
  }

  /// How often each rule refused.
  var byRule: [(rule: JournalReason.Rule, count: Int64)] {
    JournalReason.Rule.allCases.filter { $0 != .answered }.map { ($0, refusals[$0.index]) }
  }
}

extension JournalReason.Rule {
  fileprivate var index: Int { Self.positions[self]! }

  private static let positions = Dictionary(
    uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}
