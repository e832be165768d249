import CloroContract
import HTTPServer
import JSON
import Simulation

extension ControlAPI {
  static let organizationsRoute = ControlRoute(.get, "organizations", query: ["key"]) {
    call throws(ControlError) in
    let narrowed = try call.narrowing().map { [$0.organization] }
    let keys = Dictionary(grouping: call.api.organizations.keys) {
      ObjectIdentifier($0.organization)
    }
    let now = call.api.clock.now
    let rows = (narrowed ?? call.api.organizations.all).map { organization in
      describe(organization, keys[ObjectIdentifier(organization)] ?? [], at: now)
    }
    return ControlAnswer(body: ["organizations": .array(rows)])
  }

  /// An organization as it is at the moment.
  private static func describe(
    _ organization: Organization, _ keys: [APIKey], at now: Timestamp
  ) -> JSON {
    let (settings, slots, tasks) = organization.withState { state in
      (
        state.settings, state.slots.usage(limit: state.settings.plan.concurrency),
        (
          queued: state.tasks.queuedCount, processing: state.tasks.processingCount,
          breakdown: state.tasks.breakdown
        )
      )
    }
    return [
      "organization": .string(organization.name),
      "plan": .string(settings.plan.name),
      "contract": .string(settings.contract.rawValue),
      "credits": .integer(organization.account.balance),
      "slots": ["used": JSON(slots.current), "limit": JSON(slots.limit)],
      "queue": [
        "queued": JSON(tasks.queued), "processing": JSON(tasks.processing),
        "priorities": .array(
          tasks.breakdown.map { ["priority": JSON($0.priority), "count": JSON($0.count)] }),
      ],
      "keys": .array(keys.map { describe($0, settings.plan.rateLimit, at: now) }),
    ]
  }

  /// A key by its last four characters, as in the journal, with the buckets that it has drawn from.
  private static func describe(_ key: APIKey, _ limit: Plan.RateLimit, at now: Timestamp) -> JSON {
    let buckets = key.buckets(limit, at: now).map { endpoint, remaining -> JSON in
      [
        "endpoint": .string(endpoint.label), "limit": JSON(limit.requestsPerSecond),
        "remaining": JSON(remaining),
      ]
    }
    return [
      "key": .string(String(key.text.suffix(4))), "revoked": .bool(key.isRevoked),
      "buckets": .array(buckets),
    ]
  }
}
