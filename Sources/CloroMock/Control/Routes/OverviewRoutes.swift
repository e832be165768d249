import CloroContract
import JSON

/// The routes of the double's overview.
enum OverviewRoutes {
  static let metrics = ControlRoute(.get, "metrics") { call throws(ControlError) in
    ControlAnswer(metrics: Array(try call.operations.overview.metrics().utf8))
  }

  static let organizations = ControlRoute(.get, "organizations", query: ["key"]) {
    call throws(ControlError) in
    let organizations = call.operations.overview.organizations(of: try call.narrowing())
    return ControlAnswer(body: ["organizations": .array(organizations.map(json))])
  }

  private static func json(_ state: OverviewOperations.OrganizationState) -> JSON {
    let requestsPerSecond = state.settings.plan.rateLimit.requestsPerSecond
    return [
      "organization": .string(state.organization.name),
      "plan": .string(state.settings.plan.name),
      "contract": .string(state.settings.contract.rawValue),
      "credits": .integer(state.organization.account.balance),
      "slots": ["used": JSON(state.slots.current), "limit": JSON(state.slots.limit)],
      "queue": [
        "queued": JSON(state.queued), "processing": JSON(state.processing),
        "priorities": .array(
          state.priorities.map { ["priority": JSON($0.priority), "count": JSON($0.count)] }),
      ],
      "peak": [
        "concurrency": JSON(state.peak.concurrency), "queued": JSON(state.peak.queued),
      ],
      "keys": .array(state.keys.map { json($0, limit: requestsPerSecond) }),
    ]
  }

  /// A key by its last four characters, as in the journal, with its token buckets that aren't full.
  private static func json(_ state: OverviewOperations.KeyState, limit: Int) -> JSON {
    let buckets = state.buckets.map { endpoint, remaining -> JSON in
      [
        "endpoint": .string(endpoint.label), "limit": JSON(limit), "remaining": JSON(remaining),
      ]
    }
    return [
      "key": .string(String(state.key.text.suffix(4))), "revoked": .bool(state.key.isRevoked),
      "buckets": .array(buckets),
    ]
  }
}
