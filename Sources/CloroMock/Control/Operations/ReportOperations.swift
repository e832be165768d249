import CloroContract
import JSON

/// What was asked, what it would have cost, and what is left over.
struct ReportOperations: Sendable {
  private let organizations: OrganizationDirectory
  private let rules: RuleOperations
  /// What belongs to no organization that there is.
  private let tally: TallyBook
  private let budget: Int64?
  private let arrivals: Arrivals

  init(_ parts: SharedParts, rules: RuleOperations) {
    organizations = parts.organizations
    self.rules = rules
    tally = parts.tally
    budget = parts.budget
    arrivals = parts.arrivals
  }

  /// A fault or a stub that never struck.
  enum Unused: Sendable {
    case fault(CountedRule<Fault>)
    case stub(CountedRule<Stub>)

    /// The rule as the control API lists it, with its kind.
    var json: JSON {
      let (kind, rule): (String, JSON) =
        switch self {
        case .fault(let fault): (Fault.name, fault.json)
        case .stub(let stub): (Stub.name, stub.json)
        }
      var object: JSONObject = ["kind": .string(kind)]
      for member in rule.object?.members ?? [] { object.append(member.name, member.value) }
      return .object(object)
    }
  }

  /// The faults and stubs that never struck.
  ///
  /// - Parameter key: Only those of this key's organization; nil takes all.
  func unused(of key: APIKey?) -> [Unused] {
    rules.list(\.faults, of: key).filter { $0.struck == 0 }.map { .fault($0) }
      + rules.list(\.stubs, of: key).filter { $0.struck == 0 }.map { .stub($0) }
  }

  /// The report of the run, whatever was reset or removed since its start; or of a key's
  /// organization since its last reset. All that has arrived is processed before.
  func report(of key: APIKey?) async -> RunReport {
    await arrivals.process()
    return present(of: key)
  }

  /// The report without what has arrived and isn't processed.
  func present(of key: APIKey?) -> RunReport {
    let tallies: Tallies
    if let organization = key?.organization {
      tallies = organization.tally.all(peak: organization.peak)
    } else {
      tallies = organizations.undisturbed { organizations in
        var tallies = tally.tallies
        for organization in organizations {
          tallies.add(organization.tally.tallies)
          tallies.peak.add(organization.peak)
        }
        return tallies
      }
    }
    let limit = key.map { $0.organization.settings.plan.budget } ?? budget
    return report(tallies, budget: limit, unused: unused(of: key))
  }

  private func report(_ tallies: Tallies, budget: Int64?, unused: [Unused]) -> RunReport {
    var sum = Tally()
    var labels: [RunReport.Label] = []
    // A label has a page for each price.
    var indices: [String?: Int] = [:]
    for page in tallies.pages {
      sum.add(page.tally)
      let tally = page.tally
      let before = indices[page.label]
      let label = RunReport.Label(
        label: page.label, credits: Int(tally.credits) + (before.map { labels[$0].credits } ?? 0),
        requests: Int(tally.requests) + (before.map { labels[$0].requests } ?? 0),
        refusals: Int(tally.refused) + (before.map { labels[$0].refusals } ?? 0))
      if let before {
        labels[before] = label
      } else {
        indices[page.label] = labels.count
        labels.append(label)
      }
    }
    let findings = FindingID.allCases.compactMap { id in
      tallies.findings[id.index].map { finding in
        RunReport.Finding(
          id: id, severity: id.severity, text: id.text, count: Int(finding.count),
          requestIDs: finding.example.requests.map(\.text), at: finding.example.at.text,
          organization: finding.example.organization)
      }
    }
    return RunReport(
      credits: Int(sum.credits), usd: Self.usd(tallies.pages), requests: Int(sum.requests),
      byLabel: labels.filter { $0.requests > 0 || $0.credits > 0 },
      byProvider: Provider.allCases.compactMap { provider in
        let share = sum.shares[provider.index]
        guard share != Tally.Share() else { return nil }
        return RunReport.Share(
          provider: provider, sync: Int(share.sync), async: Int(share.async),
          credits: Int(share.credits))
      },
      refusals: sum.refusals.sorted { ($1.count, $0.code) < ($0.count, $1.code) }.map {
        RunReport.Refusal(code: $0.code, count: Int($0.count))
      },
      peak: RunReport.Peak(
        concurrency: tallies.peak.concurrency, queued: tallies.peak.queued),
      webhooks: RunReport.Webhooks(
        delivered: Int(tallies.webhooks.delivered), failed: Int(tallies.webhooks.failed),
        attempts: Int(tallies.webhooks.attempts)),
      findings: findings, unused: unused.map(\.json),
      budget: RunReport.Budget(
        limit: budget.map { Int($0) }, spent: Int(sum.credits),
        exceeded: budget.map { sum.credits > $0 } ?? false))
  }

  /// The price of all credits, to a millionth; nil when it isn't known of some.
  private static func usd(_ pages: [Tallies.Page]) -> Double? {
    var sum = 0.0
    for page in pages where page.tally.credits > 0 {
      guard let price = page.usdPerCredit else { return nil }
      sum += price * Double(page.tally.credits)
    }
    return (sum * 1_000_000).rounded() / 1_000_000
  }
}
