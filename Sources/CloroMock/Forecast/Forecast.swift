import CloroContract
import JSON

/// What each plan would make of a workload, played with the double's own slots, queue, rate limits
/// and prices on a time of its own.
public struct Forecast: Sendable {
  /// One plan's row.
  public struct Row: Sendable, Hashable {
    /// The plan's name.
    public let plan: String
    /// When the last question was done, in seconds after the beginning; nil when some got no result
    /// because the plan's credits were spent or no attempt was in time.
    public let finishedAfterSeconds: Double?
    /// The credits charged.
    public let credits: Int64
    /// What the plan costs a month, in US$; nil when it doesn't say.
    public let usd: Double?
    /// The most slots in use at once.
    public let peakConcurrency: Int
    /// The most tasks in the queue.
    public let longestQueue: Int
    /// Requests that got a 403 or 429.
    public let refusals: Int
    /// Whether every question had its result before the deadline; without one, at any time.
    public let meetsDeadline: Bool
    /// Slots and queue over time, when they were asked for.
    public let samples: [Sample]

    /// The row as the control API writes it.
    public var json: JSON {
      var object: JSONObject = [
        "plan": .string(plan),
        "finishedAfterSeconds": finishedAfterSeconds.map { JSON(floatLiteral: $0) } ?? .null,
        "credits": JSON(credits), "usd": usd.map { JSON(floatLiteral: $0) } ?? .null,
        "peakConcurrency": JSON(peakConcurrency), "longestQueue": JSON(longestQueue),
        "refusals": JSON(refusals), "meetsDeadline": .bool(meetsDeadline),
      ]
      if !samples.isEmpty { object.append("samples", .array(samples.map(\.json))) }
      return .object(object)
    }
  }

  /// The most slots and the longest queue of a part of the time. Parts are equally long, and end
  /// with the next one's beginning.
  public struct Sample: Sendable, Hashable {
    /// Its beginning, in seconds after the workload's.
    public let atSeconds: Double
    /// The most slots in use at once.
    public let slots: Int
    /// The most tasks in the queue.
    public let queued: Int

    /// The sample as the control API writes it.
    public var json: JSON {
      [
        "atSeconds": JSON(floatLiteral: atSeconds), "slots": JSON(slots), "queued": JSON(queued),
      ]
    }
  }

  /// Playing would take more events than are allowed.
  struct TooLong: Error {}

  /// In the order of the plans.
  public let rows: [Row]
  /// The cheapest plan that meets the deadline: the one with the fewest US$ where prices are known,
  /// else the one with the fewest credits a month. nil when none does.
  public let cheapest: String?

  /// Plays a workload.
  ///
  /// - Parameters:
  ///   - workload: What is asked, and when.
  ///   - plans: The plans to compare.
  ///   - revision: The contract, of plans that don't name one.
  ///   - seed: Of the latencies that are drawn; every plan gets the same.
  public init(
    _ workload: Workload, on plans: [Plan], in revision: ContractRevision, seed: UInt64 = 0
  ) {
    do throws(TooLong) {
      try self.init(workload, on: plans, in: revision, seed: seed, samples: 0, mostEvents: .max)
    } catch {
      preconditionFailure("Nobody plays so many events.")
    }
  }

  /// - Parameters:
  ///   - samples: The most samples of a row.
  ///   - mostEvents: The most events of all plans together.
  init(
    _ workload: Workload, on plans: [Plan], in revision: ContractRevision, seed: UInt64,
    samples: Int, mostEvents: Int
  ) throws(TooLong) {
    var rows: [(row: Row, allowance: Int64)] = []
    var left = mostEvents
    for plan in plans {
      var player = ForecastPlayer(
        workload, on: plan, in: plan.contract ?? revision, seed: seed, samples: samples)
      guard player.play(atMost: &left) else { throw TooLong() }
      rows.append((Self.row(player, of: plan, workload), plan.credits))
    }
    self.rows = rows.map(\.row)
    cheapest =
      rows.filter(\.row.meetsDeadline)
      .min { ($0.row.usd ?? .infinity, $0.allowance) < ($1.row.usd ?? .infinity, $1.allowance) }?
      .row.plan
  }

  private static func row(
    _ player: ForecastPlayer, of plan: Plan, _ workload: Workload
  ) -> Row {
    let outcome = player.outcome
    let isWhole = outcome.failed == 0
    // Whole milliseconds, as the double's times are shown.
    let seconds = Double((outcome.finishedAfter + 500_000) / 1_000_000) / 1000
    return Row(
      plan: plan.name, finishedAfterSeconds: isWhole ? seconds : nil, credits: outcome.credits,
      usd: plan.usd, peakConcurrency: outcome.peakConcurrency, longestQueue: outcome.longestQueue,
      refusals: outcome.refusals,
      meetsDeadline: isWhole && outcome.finishedAfter <= workload.deadline ?? .max,
      samples: player.samples.usages.enumerated().map { index, usage in
        let milliseconds = Int64(index) * (player.samples.step / 1_000_000)
        return Sample(
          atSeconds: Double(milliseconds) / 1000, slots: usage.slots, queued: usage.queued)
      })
  }

  /// `{"plans": […], "cheapest": name or null}`.
  public var json: JSON {
    [
      "plans": .array(rows.map(\.json)), "cheapest": cheapest.map { .string($0) } ?? .null,
    ]
  }
}
