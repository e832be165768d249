import Ledger
import Simulation

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

/// Renews credits at the end of each cycle: the remaining credits expire, and the plan's credits
/// are granted. [contract: credits; they don't roll over]
///
/// A renewal that the ledger refuses, for example because the disk is full, is retried after 1, 2,
/// 4 seconds and so on, until the next cycle ends.
final class BillingCycles: Sendable {
  /// The time from the first attempt to the second, in nanoseconds.
  private static let firstWait: Int64 = 1_000_000_000

  private let ledger: Ledger
  private let clock: MockClock
  private let log: ChargeLog

  init(ledger: Ledger, clock: MockClock, log: ChargeLog) {
    self.ledger = ledger
    self.clock = clock
    self.log = log
  }

  /// Sets the timer for the end of an organization's present cycle.
  func start(_ organization: Organization) {
    let now = clock.now
    setTimer(of: organization, to: end(of: organization, after: now), now)
  }

  private func end(of organization: Organization, after now: Timestamp) -> Timestamp {
    BillingCycle.end(after: now, startingAt: organization.createdAt)
  }

  private func setTimer(
    of organization: Organization, to moment: Timestamp, _ now: Timestamp,
    nextWait: Int64 = firstWait
  ) {
    // No cycle ends after the last moment that can be represented.
    guard moment > now else { return }
    let timer = clock.schedule(
      after: moment.nanoseconds - now.nanoseconds, kind: .cycle, id: organization.name
    ) { [self] in
      renew(organization, at: moment, nextWait: nextWait)
    }
    organization.withState { $0.cycle = timer }
  }

  /// Cancels the timer of an organization that is gone.
  func stop(_ organization: Organization) {
    if let timer = organization.withState({ $0.cycle }) { clock.cancel(timer) }
  }

  private func renew(_ organization: Organization, at moment: Timestamp, nextWait: Int64) {
    do throws(LedgerError) {
      try ledger.expire(
        organization.account, grant: organization.settings.plan.credits, at: moment.milliseconds)
      log.written()
      start(organization)
    } catch .unknownAccount {
      // The organization was removed meanwhile.
    } catch {
      log.refused(error)
      let now = clock.now
      let (retry, end) = (now.advanced(by: nextWait), end(of: organization, after: now))
      guard retry < end else { return start(organization) }
      setTimer(of: organization, to: retry, now, nextWait: 2 * nextWait)
    }
  }
}
