import CloroContract
import JSON
import Platform

/// What each plan would make of a workload.
///
/// A forecast takes seconds when it is large. It is therefore played on a thread of its own, one
/// after the other, where it keeps neither a loop nor other control calls waiting.
struct ForecastOperations: Sendable {
  /// A workload and how to play it.
  struct Order: Sendable {
    /// The most questions.
    static let mostQuestions = 1_000_000
    /// The most events of all plans together: some seconds. A few questions can have very many,
    /// when thousands of workers try again and again to get a slot.
    static let mostEvents = 20_000_000
    static let sampleRange: ClosedRange<Int64> = 0...1000

    var workload: Workload
    /// The plans; nil takes all that the double knows.
    var plans: [String]?
    /// The contract, of plans that don't name one; nil takes the double's.
    var contract: ContractRevision?
    /// Of the latencies that are drawn.
    var seed: UInt64 = 0
    /// The most samples of slots and queue, for each plan; within ``sampleRange``.
    var samples = 0

    /// Reads an order: a workload's members, or `report` instead of its questions, and how to play
    /// it.
    ///
    /// - Parameter present: The double's own contract.
    static func read(_ reader: inout ObjectReader, in present: ContractRevision) -> Order {
      let contract = reader.choice("contract", of: ContractRevision.self)
      var workload = Workload()
      workload.read(&reader, in: contract ?? present)
      if let report = reader.reader("report") {
        if workload.tasks.isEmpty, workload.sync.isEmpty {
          workload.read(report: report, in: contract ?? present)
        } else {
          reader.fail("report", "excludes tasks and sync; give one of the two")
        }
      } else if workload.tasks.isEmpty, workload.sync.isEmpty, reader.problems.count == 0 {
        reader.problems.add("", "expected tasks, sync or report")
      }
      let plans = reader.member("plans", expected: "an array of at least one plan's name") { json in
        json.array.flatMap { list -> [String]? in
          let names = list.compactMap(\.string)
          return names.isEmpty || names.count < list.count ? nil : names
        }
      }
      return Order(
        workload: workload, plans: plans, contract: contract,
        seed: reader.integer("seed", in: 0...Int64.max).map { UInt64($0) } ?? 0,
        samples: reader.integer("samples", in: sampleRange).map { Int($0) } ?? 0)
    }
  }

  private let organizations: OrganizationDirectory
  let revision: ContractRevision
  private let queue = SerialQueue()

  init(_ parts: SharedParts) {
    organizations = parts.organizations
    revision = parts.revision
  }

  /// Plays a workload against plans.
  func forecast(_ order: Order) async throws(ControlError) -> Forecast {
    let catalogue = organizations.plans
    let names = order.plans ?? catalogue.names
    let problems = JSONProblems()
    if order.workload.count > Order.mostQuestions {
      problems.add(
        "",
        "expected at most \(Order.mostQuestions) questions in all, found "
          + "\(order.workload.count); `cloro-mock forecast` plays more")
    }
    for (index, name) in names.enumerated() {
      if catalogue.plans[name] == nil {
        let alternatives = ObjectReader.alternatives(to: name, in: catalogue.names)
        problems.add("plans[\(index)]", "\"\(ShownText.value(name))\" is unknown\(alternatives)")
      } else if names[..<index].contains(name) {
        problems.add("plans[\(index)]", "\"\(ShownText.value(name))\" stands twice")
      }
    }
    guard problems.list.isEmpty else { throw .invalid(problems.list) }
    let plans = names.compactMap { catalogue.plans[$0] }
    let revision = order.contract ?? revision
    let forecast = await withCheckedContinuation { continuation in
      queue.async {
        continuation.resume(
          returning: try? Forecast(
            order.workload, on: plans, in: revision, seed: order.seed, samples: order.samples,
            mostEvents: Order.mostEvents))
      }
    }
    guard let forecast else {
      throw .invalid(
        """
        This workload takes more than \(Order.mostEvents) events to play. Name fewer plans, or \
        play it by `cloro-mock forecast`, which has no such limit.
        """)
    }
    return forecast
  }
}
