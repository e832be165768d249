import Bytes
import Ledger
import Simulation

/// When credits are renewed: each month on the day and at the time of an organization's creation.
/// In a month that doesn't have that day it is the last one. [docs: "the same date each month"]
enum BillingCycle {
  /// The first end of a cycle after a moment; the last moment that can be represented when there is
  /// none.
  static func end(after now: Timestamp, startingAt start: Timestamp) -> Timestamp {
    let months = max(1, monthsBetween(start, now))
    let end = end(ofCycle: months, startingAt: start)
    return end > now ? end : self.end(ofCycle: months + 1, startingAt: start)
  }

  /// The last end of a cycle up to a moment; nil during the first cycle.
  static func lastEnd(upTo now: Timestamp, startingAt start: Timestamp) -> Timestamp? {
    let months = monthsBetween(start, now)
    // On an earlier day of the month the present month's cycle hasn't ended.
    return [months, months - 1].lazy.filter { $0 > 0 }
      .map { end(ofCycle: $0, startingAt: start) }.first { $0 <= now }
  }

  /// The end of the nth cycle, from 1.
  private static func end(ofCycle number: Int64, startingAt start: Timestamp) -> Timestamp {
    let first = CivilTime(secondsSinceEpoch: start.seconds)
    let months = first.year * 12 + first.month - 1 + number
    // The first of these days that the month has.
    let days = stride(from: first.day, through: min(first.day, 28), by: -1)
    let seconds = days.lazy.compactMap { day in
      CivilTime.secondsSinceEpoch(
        year: months / 12, month: months % 12 + 1, day: day, hour: first.hour,
        minute: first.minute, second: first.second)
    }.first
    let passed = (seconds ?? start.seconds) - start.seconds
    let (nanoseconds, overflow) = passed.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? Timestamp(nanoseconds: .max) : start.advanced(by: nanoseconds)
  }

  /// From one moment's calendar month to another's.
  private static func monthsBetween(_ first: Timestamp, _ second: Timestamp) -> Int64 {
    let (first, second) = (
      CivilTime(secondsSinceEpoch: first.seconds), CivilTime(secondsSinceEpoch: second.seconds)
    )
    return (second.year - first.year) * 12 + second.month - first.month
  }
}

/// Renews credits at the end of each cycle: the remaining credits expire, and the plan's credits
/// are granted. [contract: credits; they don't roll over]
///
/// Cycles that end together, because the double was down or its clock has jumped, are renewed as
/// one, for what each of them would have granted would have expired. [chosen]
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

  /// Finds the organizations of a ledger's file whose cycles have ended since anything was written
  /// of them: those that can't wait until they are needed.
  ///
  /// - Parameter resume: Is given their numbers.
  static func ended(
    in ledger: Ledger, at now: Timestamp, resume: (Int64) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    let shortest: Int64 = 28 * 86_400_000
    for entry in try ledger.lastEntries(ofOrganizationsUpTo: now.milliseconds - shortest) {
      let start = Timestamp(milliseconds: entry.createdAt)
      guard let ended = BillingCycle.lastEnd(upTo: now, startingAt: start),
        entry.at < ended.milliseconds
      else { continue }
      try resume(entry.organization)
    }
  }

  /// Goes on with an organization of a ledger's file. What ended while the double was down is made
  /// up for: no entry has been written since then, for the renewal would have been the first.
  func resume(_ organization: Organization) {
    let ended = BillingCycle.lastEnd(upTo: clock.now, startingAt: organization.createdAt)
    guard let ended else { return start(organization) }
    let last = try? ledger.timeOfLastEntry(of: organization.account)
    guard let last = last ?? nil, last < ended.milliseconds else { return start(organization) }
    renew(organization, at: ended, nextWait: Self.firstWait)
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
      // A timer may fire late, when further cycles have ended.
      let ended = BillingCycle.lastEnd(upTo: clock.now, startingAt: organization.createdAt)
      try ledger.expire(
        organization.account, grant: organization.settings.plan.credits,
        at: max(moment, ended ?? moment).milliseconds)
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
