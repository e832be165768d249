import JSON
import Platform

/// Says whether exactly the requests have come that should have.
struct VerifyOperations: Sendable {
  let journal: JournalOperations
  let arrivals: Arrivals

  /// How many requests there should be.
  struct Times: Sendable, Hashable {
    var exactly: Int?
    var atLeast: Int?
    var atMost: Int?

    static let members: [ObjectMember<Times>] = [
      .integer("exactly", \.exactly, in: 0...1_000_000_000),
      .integer("atLeast", \.atLeast, in: 0...1_000_000_000),
      .integer("atMost", \.atMost, in: 0...1_000_000_000),
    ]

    static let never = Times(exactly: 0)

    static let expected = "\"never\", or an object with exactly, or with atLeast, atMost or both"

    func accept(_ count: Int) -> Bool {
      exactly.map { $0 == count } ?? ((atLeast ?? 0)...(atMost ?? .max) ~= count)
    }

    /// Whether further requests can still make it true.
    func canStillAccept(_ count: Int) -> Bool { count <= (exactly ?? atMost ?? .max) }

    var text: String {
      if let exactly { return exactly == 0 ? "none" : "exactly \(exactly)" }
      switch (atLeast, atMost) {
      case (let least?, let most?): return "\(least) to \(most)"
      case (nil, let most?): return "at most \(most)"
      case (let least, nil): return "at least \(least ?? 0)"
      }
    }

    /// Reads the member of that name; problems are noted.
    static func read(_ name: String, _ reader: inout ObjectReader) -> Times? {
      guard let json = reader.value(name) else { return nil }
      if json == "never" { return .never }
      let isObject = reader.member(name, expected: expected) { $0.object.map { _ in true } }
      guard isObject != nil, var inner = reader.reader(name) else { return nil }
      var times = Times()
      members.read(&inner, into: &times)
      inner.finish()
      times.check(at: reader.place.inner(name))
      return times
    }

    /// Notes what contradicts itself.
    func check(at place: ObjectPlace) {
      if exactly != nil, atLeast != nil || atMost != nil {
        place.problems.add(place.path, "exactly excludes atLeast and atMost")
      }
      if exactly == nil, atLeast == nil, atMost == nil {
        place.problems.add(place.path, "expected \(Self.expected), found an empty object")
      }
      if let atLeast, let atMost, atLeast > atMost {
        place.problems.add(place.path, "atLeast \(atLeast) is more than atMost \(atMost)")
      }
    }
  }

  /// What should have happened.
  struct Expectation: Sendable {
    /// Which requests; nil with a sequence.
    var match: JournalFilter?
    /// How many; nil means at least one.
    var times: Times?
    /// Requests that should have come in this order, others in between or not.
    var sequence: [JournalFilter]?
    /// How long to wait for it, in milliseconds of real time; nil means 0.
    var timeoutMs: Int?

    static let members: [ObjectMember<Expectation>] = [
      .integer("timeoutMs", \.timeoutMs, in: 0...600_000)
    ]

    /// Reads it; problems are noted.
    static func read(_ reader: inout ObjectReader) -> Expectation {
      var expectation = Expectation()
      expectation.match = reader.reader("match").map(filter)
      expectation.times = Times.read("times", &reader)
      expectation.sequence = reader.readers("sequence").map { $0.map(filter) }
      members.read(&reader, into: &expectation)
      let object = reader.object
      let hasSequence = object["sequence"] != nil
      if hasSequence {
        for name in ["match", "times"] where object[name] != nil {
          reader.fail(name, "excludes sequence: give either match and times, or sequence")
        }
        if object["sequence"]?.array?.isEmpty == true {
          reader.fail("sequence", "expected at least one match")
        }
      } else if object["match"] == nil {
        reader.fail("match", "is missing")
      }
      return expectation
    }

    private static func filter(_ reader: ObjectReader) -> JournalFilter {
      var (reader, filter) = (reader, JournalFilter())
      JournalOperations.Wait.matchMembers.read(&reader, into: &filter)
      reader.finish()
      return filter
    }

    fileprivate func check(at place: ObjectPlace) {
      let filters = match.map { [("match", $0)] } ?? []
      let others = (sequence ?? []).enumerated().map { ("sequence[\($0)]", $1) }
      for (name, filter) in filters + others {
        JournalOperations.Wait.matchMembers.check(
          filter, at: place.inner(name), into: JournalFilter())
      }
      if let times {
        Times.members.check(times, at: place.inner("times"), into: Times())
        times.check(at: place.inner("times"))
      }
      Self.members.check(self, at: place, into: Expectation())
      if let sequence, sequence.isEmpty { place.fail("sequence", "expected at least one match") }
    }

    fileprivate var filters: [JournalFilter] { match.map { [$0] } ?? sequence ?? [] }
  }

  /// Checks an expectation, after everything that has arrived is processed: a request that was
  /// answered is always counted.
  ///
  /// - Returns: How many requests match; of a sequence, how many of its members.
  func verify(_ expectation: Expectation) async throws(ControlError) -> Int {
    try ControlError.check { expectation.check(at: $0) }
    for filter in expectation.filters { try journal.requireKey(of: filter) }
    try journal.requireEntries()
    await arrivals.process()
    let deadline =
      System.monotonicNanoseconds() + Int64(expectation.timeoutMs ?? 0) * 1_000_000
    while true {
      let last = journal.last
      let page = journal.everything
      if mayMiss(expectation.filters, page) { throw .unknown(dropped: page.dropped) }
      let (matched, isTrue, isOpen) = judge(expectation, page.rows)
      if isTrue { return matched }
      let rest = (deadline - System.monotonicNanoseconds()) / 1_000_000
      guard isOpen, rest > 0, await journal.waitForAny(after: last, milliseconds: rest) else {
        throw notVerified(expectation, matched, page.rows)
      }
    }
  }

  /// Whether entries were dropped that could meet one of the conditions.
  private func mayMiss(_ filters: [JournalFilter], _ page: Journal.Page) -> Bool {
    filters.contains { filter in
      let (dropped, refusals) = journal.dropped(of: filter, page)
      return dropped > refusals && filter.mayAccept(refusals: false)
        || refusals > 0 && filter.mayAccept(refusals: true)
    }
  }

  private func judge(
    _ expectation: Expectation, _ rows: [Journal.Row]
  ) -> (matched: Int, isTrue: Bool, isOpen: Bool) {
    if let sequence = expectation.sequence {
      var matched = 0
      for row in rows where matched < sequence.count && sequence[matched].accepts(row.entry) {
        matched += 1
      }
      return (matched, matched == sequence.count, true)
    }
    let filter = expectation.match ?? JournalFilter()
    let times = expectation.times ?? Times(atLeast: 1)
    let matched = rows.count { filter.accepts($0.entry) }
    return (matched, times.accept(matched), times.canStillAccept(matched))
  }

  private func notVerified(
    _ expectation: Expectation, _ matched: Int, _ rows: [Journal.Row]
  ) -> ControlError {
    let (wanted, filter): (String, JournalFilter)
    if let sequence = expectation.sequence {
      wanted = "\(sequence.count) in this order"
      filter = sequence[min(matched, sequence.count - 1)]
    } else {
      wanted = (expectation.times ?? Times(atLeast: 1)).text
      filter = expectation.match ?? JournalFilter()
    }
    return ControlError(
      status: 409, code: "NOT_VERIFIED",
      message: "Expected \(wanted), and \(matched) such requests have come.",
      details: [
        "matched": JSON(matched), "nearest": .array(journal.nearest(filter, rows)),
      ])
  }
}

extension ControlError {
  /// What was asked for can't be said any more.
  static func unknown(dropped: Int64) -> ControlError {
    ControlError(
      status: 409, code: "UNKNOWN",
      message: """
        The journal has dropped \(dropped) entries, among which some may have matched: start the \
        double with larger --journal-entries and --journal-bytes, or empty the journal before.
        """,
      details: ["dropped": .integer(dropped)])
  }
}
