import Ledger
import Logging

/// When credits are renewed: every 30 days from an organization's creation. [chosen]
enum BillingCycle {
  /// A cycle's length in nanoseconds.
  static let length: Int64 = 30 * 86_400 * 1_000_000_000

  /// The first end of a cycle after a moment.
  static func end(after now: Timestamp, startingAt start: Timestamp) -> Timestamp {
    let passed = max(0, now.nanoseconds - start.nanoseconds) / length
    return start.advanced(by: (passed + 1) * length)
  }
}

/// Renews credits at the end of each cycle: what is left expires, and the plan's credits are granted.
/// [contract: credits; they don't roll over]
final class BillingCycles: Sendable {
  private let ledger: Ledger
  private let clock: MockClock
  private let logger: Logger

  init(ledger: Ledger, clock: MockClock, logger: Logger) {
    self.ledger = ledger
    self.clock = clock
    self.logger = logger
  }

  /// Sets the timer of an organization's running cycle.
  func start(_ organization: Organization) {
    let now = clock.now
    let end = BillingCycle.end(after: now, startingAt: organization.createdAt)
    // At the end of representable time there is no further cycle.
    guard end > now else { return }
    let timer = clock.schedule(
      after: end.nanoseconds - now.nanoseconds, kind: .cycle, id: organization.name
    ) { [self] in
      renew(organization, at: end)
    }
    organization.withState { $0.cycle = timer }
  }

  /// Takes the timer of an organization that is gone back.
  func stop(_ organization: Organization) {
    if let timer = organization.withState({ $0.cycle }) { clock.cancel(timer) }
  }

  private func renew(_ organization: Organization, at end: Timestamp) {
    do throws(LedgerError) {
      try ledger.expire(
        organization.account, grant: organization.settings.plan.credits, at: end.milliseconds)
      start(organization)
    } catch .unknownAccount {
      // Removed in the meantime.
    } catch {
      logger.error("credits not renewed", metadata: ["reason": "\(error)"])
      start(organization)
    }
  }
}
