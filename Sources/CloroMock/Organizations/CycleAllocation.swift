import JSON
import Simulation

/// What the present billing cycle has brought an organization, when that is more than its plan's
/// credits: a larger plan held in the same cycle. It keeps its balance until the cycle ends, and
/// doesn't bring its credits again if the organization goes back to it. [chosen]
struct CycleAllocation: Sendable, Hashable {
  let credits: Int64
  /// When the cycle ends, in milliseconds since the Unix epoch.
  let until: Int64
}

extension CycleAllocation {
  /// Its member in what the ledger's file stores with an organization.
  private static let name = "cycle"

  /// Reads it from what the ledger's file stores.
  init?(stored text: String) {
    // Most organizations have none, and parsing all of them would take long.
    guard text.contains("\"\(Self.name)\""), let json = try? JSON(parsing: Array(text.utf8)),
      let cycle = json[Self.name], let credits = cycle["credits"]?.integer,
      let until = cycle["until"]?.integer
    else { return nil }
    self.init(credits: credits, until: until)
  }

  /// Adds it to what the ledger's file stores.
  func append(to stored: inout JSONObject) {
    stored.append(Self.name, ["credits": .integer(credits), "until": .integer(until)])
  }
}

extension Organization {
  /// The credits that the present cycle has brought so far.
  func cycleCredits(at now: Timestamp) -> Int64 {
    withState { state in
      let larger = state.allocation.flatMap { now.milliseconds < $0.until ? $0.credits : nil }
      return max(state.settings.plan.credits, larger ?? 0)
    }
  }
}

/// What a change of settings means for the credits of the present cycle.
struct CycleChange: Sendable {
  /// What is granted at once: on an upgrade the new plan's credits less those that the cycle has
  /// brought already, so that the balance is the new plan's credits less what was used. [docs]
  let grant: Int64
  /// What is remembered until the cycle ends; nil when the plan's credits say it.
  let allocation: CycleAllocation?

  /// - Parameters:
  ///   - settings: The new settings.
  ///   - setsBalance: Whether the change says what the balance is to be, which then counts as all
  ///     that the cycle has brought.
  init(
    _ organization: Organization, to settings: OrganizationSettings, setsBalance: Bool,
    at now: Timestamp
  ) {
    let (brought, wanted) = (organization.cycleCredits(at: now), settings.plan.credits)
    grant = setsBalance ? 0 : max(0, wanted - brought)
    let end = BillingCycle.end(after: now, startingAt: organization.createdAt)
    allocation =
      setsBalance || wanted >= brought
      ? nil : CycleAllocation(credits: brought, until: end.milliseconds)
  }
}
