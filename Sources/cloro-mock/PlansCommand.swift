import ArgumentParser
import CloroContract
import CloroMock

/// Prints the built-in plans.
struct PlansCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plans",
    abstract: "Print the built-in plans, and what answers cost in them.",
    discussion: """
      The prices are those of all built-in plans, in credits, by the contract's revision: "task" \
      is an asynchronous answer, "sync" one that is waited for. A fixture may change them.
      """)

  func run() throws {
    let catalogue = PlanCatalogue()
    var lines = Self.line(["plan", "credits a month", "concurrency"])
    for name in catalogue.names {
      guard let plan = catalogue.plans[name] else { continue }
      lines += Self.line([name, String(plan.credits), String(plan.concurrency)])
    }
    try StandardOutput.write(lines + Self.prices)
  }

  private static var prices: String {
    let revisions = ContractRevision.allCases
    let lists = revisions.map { PriceList(of: $0) }
    var lines = line(
      ["credits an answer"] + revisions.flatMap { ["\($0.rawValue) task", "\($0.rawValue) sync"] })
    for provider in Provider.allCases {
      let request = MonitorRequest(provider: provider, question: "")
      let prices = lists.flatMap {
        [$0.price(of: request, isSync: false), $0.price(of: request, isSync: true)]
      }
      lines += line([provider.rawValue] + prices.map { String($0) })
    }
    lines += line(["credits for extras"] + revisions.map(\.rawValue))
    for extra in ExtraPrice.allCases where extra != .syncSurcharge {
      lines += line([extra.rawValue] + lists.map { String($0.price(of: extra)) })
    }
    return lines
  }

  /// A line of columns, the first to the left and the others to the right.
  private static func line(_ words: [String]) -> String {
    let first = words[0] + pad(words[0], 21)
    let others = words.dropFirst().map { pad($0, 15) + $0 }
    return first + others.joined() + "\n"
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count))
  }
}
