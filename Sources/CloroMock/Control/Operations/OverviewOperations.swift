import CloroContract
import Ledger
import Simulation

/// An overview of the double: its metrics, and each organization's state.
struct OverviewOperations: Sendable {
  private let organizations: OrganizationDirectory
  private let journal: Journal
  private let ledger: Ledger
  private let clock: MockClock
  private let tasks: TaskEngine
  private let webhooks: WebhookDispatcher

  init(_ parts: SharedParts) {
    organizations = parts.organizations
    journal = parts.journal
    ledger = parts.ledger
    clock = parts.clock
    tasks = parts.tasks
    webhooks = parts.webhooks
  }

  // MARK: Organizations

  /// An organization's state at a moment.
  struct OrganizationState: Sendable {
    let organization: Organization
    let settings: OrganizationSettings
    let slots: ConcurrencySlots.Usage
    let queued: Int
    let processing: Int
    /// Queued tasks by priority.
    let priorities: [(priority: Int, count: Int)]
    let keys: [KeyState]
    /// The most slots that were taken at a time, and the most tasks that waited, since the
    /// organization was created or reset.
    let peak: Tallies.Peak
  }

  /// A key with its token buckets that aren't full.
  struct KeyState: Sendable {
    let key: APIKey
    let buckets: [(endpoint: Endpoint, remaining: Int)]
  }

  /// All organizations by name, or only a key's.
  func organizations(of key: APIKey?) -> [OrganizationState] {
    let now = clock.now
    return (key.map { [$0.organization] } ?? organizations.all).map { state(of: $0, at: now) }
  }

  private func state(of organization: Organization, at now: Timestamp) -> OrganizationState {
    let (settings, slots, tasks) = organization.withState { state in
      (
        state.settings, state.slots.usage(limit: state.settings.plan.concurrency),
        (
          queued: state.tasks.queuedCount, processing: state.tasks.processingCount,
          priorities: state.tasks.breakdown
        )
      )
    }
    return OrganizationState(
      organization: organization, settings: settings, slots: slots, queued: tasks.queued,
      processing: tasks.processing, priorities: tasks.priorities,
      keys: organizations.keys(of: organization).map { key in
        KeyState(key: key, buckets: key.buckets(settings.plan.rateLimit, at: now))
      }, peak: organization.peak)
  }

  // MARK: Metrics

  /// The metrics in Prometheus' text form.
  func metrics() throws(ControlError) -> String {
    var metrics = Metrics()
    addRequests(to: &metrics)
    addOrganizations(to: &metrics)
    add(try ControlError.reading(ledger.statistics), to: &metrics)
    return metrics.text
  }

  private func addRequests(to metrics: inout Metrics) {
    let (counts, kept, dropped) = journal.statistics
    metrics.metric(
      "requests_total", .counter,
      "Requests by operation and status; status 0 for those that were given none.")
    for (endpoint, status, count) in counts.byEndpoint {
      let labels = [("endpoint", endpoint.label), ("status", "\(status)")]
      metrics.sample("requests_total", labels, count)
    }
    metrics.metric("refusals_total", .counter, "Requests that a rule refused.")
    for (rule, count) in counts.byRule {
      metrics.sample("refusals_total", [("rule", rule.label)], count)
    }
    metrics.metric("journal_entries", .gauge, "Entries that the journal keeps.")
    metrics.sample("journal_entries", Int64(kept))
    metrics.metric("tasks_dropped_total", .counter, "Finished tasks that made room for newer ones.")
    metrics.sample("tasks_dropped_total", tasks.droppedTasks)
    metrics.metric("webhooks_dropped_total", .counter, "Deliveries that made room for newer ones.")
    metrics.sample("webhooks_dropped_total", webhooks.dropped)
    metrics.metric("journal_dropped_total", .counter, "Entries that made room for newer ones.")
    metrics.sample("journal_dropped_total", dropped)
  }

  private func addOrganizations(to metrics: inout Metrics) {
    let rows = organizations.all.map { organization in
      let (usage, queue) = organization.withState { state in
        (state.slots.usage(limit: state.settings.plan.concurrency), state.tasks.breakdown)
      }
      return (name: [("organization", organization.name)], usage, queue, organization.account)
    }
    metrics.metric("slots_used", .gauge, "Slots that requests and tasks hold.")
    for (name, usage, _, _) in rows { metrics.sample("slots_used", name, Int64(usage.current)) }
    metrics.metric("slots_limit", .gauge, "Slots that the plan gives.")
    for (name, usage, _, _) in rows { metrics.sample("slots_limit", name, Int64(usage.limit)) }
    metrics.metric("queued_tasks", .gauge, "Queued tasks by priority.")
    for (name, _, queue, _) in rows {
      for (priority, count) in queue {
        metrics.sample("queued_tasks", name + [("priority", "\(priority)")], Int64(count))
      }
    }
    metrics.metric("credits", .gauge, "Balances.")
    for (name, _, _, account) in rows { metrics.sample("credits", name, account.balance) }
  }

  private func add(_ statistics: Ledger.Statistics, to metrics: inout Metrics) {
    metrics.metric("ledger_commit_entries", .summary, "Entries that a commit wrote.")
    metrics.sample("ledger_commit_entries_sum", statistics.entries)
    metrics.sample("ledger_commit_entries_count", statistics.commits)
    metrics.metric("ledger_commit_entries_max", .gauge, "Most entries that one commit wrote.")
    metrics.sample("ledger_commit_entries_max", statistics.largestBatch)
    metrics.metric("ledger_commit_seconds", .summary, "Time from BEGIN to the end of COMMIT.")
    metrics.sample("ledger_commit_seconds_sum", nanoseconds: statistics.commitNanoseconds)
    metrics.sample("ledger_commit_seconds_count", statistics.commits)
  }
}

extension Endpoint {
  /// The operation's name in the control API: method and path, or `unknown` for all others.
  var label: String { kind == .unknown ? "unknown" : "\(method) \(path)" }
}
