import CloroContract
import Simulation
import Synchronization

/// What requests have taken, counted apart from the journal, whose entries make room for newer
/// ones. A pure value.
struct Tally: Sendable {
  /// What was answered for one provider.
  struct Share: Sendable, Equatable {
    /// Synchronous questions that were answered.
    var sync: Int64 = 0
    /// Tasks that were completed.
    var async: Int64 = 0
    var credits: Int64 = 0
  }

  /// How reports went.
  struct Webhooks: Sendable, Equatable {
    var delivered: Int64 = 0
    /// Those given up.
    var failed: Int64 = 0
    var attempts: Int64 = 0
  }

  var requests: Int64 = 0
  var credits: Int64 = 0
  /// By ``Provider/index``.
  var shares = [Share](repeating: Share(), count: Provider.allCases.count)
  /// By the error's code, in the order of first occurrence.
  var refusals: [(code: String, count: Int64)] = []

  var refused: Int64 { refusals.reduce(0) { $0 + $1.count } }

  mutating func refuse(_ code: String, _ count: Int64 = 1) {
    if let index = refusals.firstIndex(where: { $0.code == code }) {
      refusals[index].count += count
    } else {
      refusals.append((code, count))
    }
  }

  mutating func add(_ other: Tally) {
    requests += other.requests
    credits += other.credits
    for index in shares.indices {
      shares[index].sync += other.shares[index].sync
      shares[index].async += other.shares[index].async
      shares[index].credits += other.shares[index].credits
    }
    for (code, count) in other.refusals { refuse(code, count) }
  }
}

/// The tallies of an organization, or of all that are gone. A pure value.
struct Tallies: Sendable {
  /// What was counted under one label, at one price.
  struct Page: Sendable {
    let label: String?
    /// What a credit costs in US$; nil when the plan doesn't say.
    let usdPerCredit: Double?
    var tally = Tally()
  }

  private struct Title: Hashable, Sendable {
    let label: String?
    let usdPerCredit: Double?
  }

  private(set) var pages: [Page] = []
  /// Where each page is: each test may have a label of its own, and a run thousands of tests.
  private var indices: [Title: Int] = [:]
  var webhooks = Tally.Webhooks()
  var peak = Peak()
  /// By ``FindingID/index``.
  private(set) var findings = [Finding?](repeating: nil, count: FindingID.allCases.count)

  /// The most of what there was at a time.
  struct Peak: Sendable, Equatable {
    /// Slots that were taken.
    var concurrency = 0
    /// Tasks that waited.
    var queued = 0

    mutating func add(_ other: Peak) {
      concurrency = max(concurrency, other.concurrency)
      queued = max(queued, other.queued)
    }
  }

  /// The index of the page of a label and a price.
  mutating func page(_ label: String?, _ usdPerCredit: Double?) -> Int {
    let title = Title(label: label, usdPerCredit: usdPerCredit)
    if let index = indices[title] { return index }
    pages.append(Page(label: label, usdPerCredit: usdPerCredit))
    indices[title] = pages.count - 1
    return pages.count - 1
  }

  mutating func change(page index: Int, _ body: (inout Tally) -> Void) {
    body(&pages[index].tally)
  }

  /// - Parameter example: Asked for the first time only.
  mutating func find(_ id: FindingID, _ example: () -> Finding.Example, _ count: Int64 = 1) {
    if findings[id.index] == nil {
      findings[id.index] = Finding(count: count, example: example())
    } else {
      findings[id.index]!.count += count
    }
  }

  mutating func add(_ other: Tallies) {
    for page in other.pages {
      pages[self.page(page.label, page.usdPerCredit)].tally.add(page.tally)
    }
    webhooks.delivered += other.webhooks.delivered
    webhooks.failed += other.webhooks.failed
    webhooks.attempts += other.webhooks.attempts
    peak.add(other.peak)
    for id in FindingID.allCases {
      if let finding = other.findings[id.index] { find(id, { finding.example }, finding.count) }
    }
  }
}

/// Counts what is asked and charged, of one organization or of all others. May be used from any
/// thread.
final class TallyBook: Sendable {
  private struct State: Sendable {
    var tallies = Tallies()
    /// The settings of the last request, and their page, so that it need not be looked for.
    var settings: OrganizationSettings?
    var page = 0
    /// Where everything is counted from the organization's end on.
    var heir: TallyBook?
    /// What an earlier process has counted for the organization.
    var earlier = Tallies()
    /// Whether that has still to be read.
    var isUnread = false
    /// Whether there is something new to be written.
    var hasChanged = false
  }

  private let state: Mutex<State>
  /// Reads what an earlier process has counted; nil when none has.
  private let earlier: (@Sendable () -> Tallies?)?
  /// Told that something was counted which a database is to keep; nil without one.
  private let counted: (@Sendable () -> Void)?

  init(
    earlier: (@Sendable () -> Tallies?)? = nil, counted: (@Sendable () -> Void)? = nil
  ) {
    (self.earlier, self.counted) = (earlier, counted)
    state = Mutex(State(isUnread: earlier != nil))
  }

  /// Counts the end of a request.
  ///
  /// - Parameters:
  ///   - settings: Those that held for it; nil for one without a valid key.
  ///   - provider: Whose answer was charged or free of charge; nil when none was given.
  ///   - refusal: The code of the error with which it was refused; nil when it wasn't.
  func count(
    under settings: OrganizationSettings?, answered provider: Provider?, charged: Int64,
    refusal: String?
  ) {
    change(settings) { tally in
      tally.requests += 1
      if let refusal { tally.refuse(refusal) }
      guard let provider else { return }
      tally.credits += charged
      tally.shares[provider.index].sync += 1
      tally.shares[provider.index].credits += charged
    }
  }

  /// Counts a task that was completed.
  func count(
    under settings: OrganizationSettings, taskOf provider: Provider, charged: Int64
  ) {
    change(settings) { tally in
      tally.credits += charged
      tally.shares[provider.index].async += 1
      tally.shares[provider.index].credits += charged
    }
  }

  private func change(_ settings: OrganizationSettings?, _ body: (inout Tally) -> Void) {
    let heir = state.withLock { state -> TallyBook? in
      if let heir = state.heir { return heir }
      if state.tallies.pages.isEmpty || state.settings !== settings {
        state.settings = settings
        state.page = state.tallies.page(settings?.plan.label, settings?.usdPerCredit)
      }
      state.tallies.change(page: state.page, body)
      note(&state)
      return nil
    }
    heir?.change(settings, body)
  }

  /// Counts an attempt to deliver a webhook, and its delivery's end.
  func count(webhook: Tally.Webhooks) {
    let heir = state.withLock { state -> TallyBook? in
      if let heir = state.heir { return heir }
      state.tallies.webhooks.delivered += webhook.delivered
      state.tallies.webhooks.failed += webhook.failed
      state.tallies.webhooks.attempts += webhook.attempts
      note(&state)
      return nil
    }
    heir?.count(webhook: webhook)
  }

  /// Notes a finding, unless the plan has switched it off.
  ///
  /// - Parameter example: Asked for when it is found for the first time.
  func find(
    _ id: FindingID, under settings: OrganizationSettings?, _ example: () -> Finding.Example
  ) {
    // Usually none is, and a look into an empty set still takes a hash.
    if let disabled = settings?.plan.disabledFindings, !disabled.isEmpty, disabled.contains(id) {
      return
    }
    let heir = state.withLock { state -> TallyBook? in
      if let heir = state.heir { return heir }
      state.tallies.find(id, example)
      note(&state)
      return nil
    }
    heir?.find(id, under: settings, example)
  }

  /// What was counted so far by this process.
  var tallies: Tallies { state.withLock { $0.tallies } }

  /// What was counted so far, by earlier processes on the same database too.
  ///
  /// - Parameter peak: That of this process.
  func all(peak: Tallies.Peak) -> Tallies {
    state.withLock { state in
      read(&state)
      var all = state.earlier
      all.add(state.tallies)
      all.peak.add(peak)
      return all
    }
  }

  private func read(_ state: inout State) {
    guard state.isUnread else { return }
    state.isUnread = false
    if let earlier = earlier?() { state.earlier = earlier }
  }

  /// Notes that there is something to be written.
  private func note(_ state: inout State) {
    guard let counted, !state.hasChanged else { return }
    state.hasChanged = true
    counted()
  }

  /// What was counted so far, if that has changed since the last call.
  func takeChanges(peak: Tallies.Peak) -> Tallies? {
    let hasChanged = state.withLock { state in
      defer { state.hasChanged = false }
      return state.hasChanged && state.heir == nil
    }
    return hasChanged ? all(peak: peak) : nil
  }

  /// What the last call of ``takeChanges(peak:)`` has returned couldn't be written.
  func putBack() { state.withLock { note(&$0) } }

  /// Adds what another one has counted.
  private func add(_ tallies: Tallies) { state.withLock { $0.tallies.add(tallies) } }

  /// Hands over what was counted to another one, and from now on everything that still comes.
  func retire(to heir: TallyBook, peak: Tallies.Peak) {
    let tallies = state.withLock { state in
      defer {
        state.tallies = Tallies()
        state.settings = nil
        state.heir = heir
      }
      var tallies = state.tallies
      tallies.peak.add(peak)
      return tallies
    }
    heir.add(tallies)
  }
}
