import ArgumentParser
import CloroMock
import JSON
import Ledger
import Platform
import Simulation

/// Prints a ledger's file without changing it.
struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Print balances and entries of a ledger database.")

  @Argument(help: "The database file.")
  var file: String

  @Flag(help: "Check that every balance is the sum of its entries and the file is whole.")
  var verify = false

  func run() throws {
    let reader = try LedgerReader(path: file)
    if verify { return try check(reader) }
    for organization in try reader.organizations() {
      let account = organization.account
      try StandardOutput.write(
        "organization \(ShownText.value(account.name)) plan \(ShownText.value(organization.plan))"
          + " balance \(account.balance)\n")
      for key in organization.keys {
        try StandardOutput.write(
          "  key \(ShownText.value(key.text))\(key.isRevoked ? " revoked" : "")\n")
      }
      try printEntries(of: account, reader)
    }
  }

  private func printEntries(of account: Account, _ reader: LedgerReader) throws {
    var last: Int64 = 0
    while true {
      let page = try reader.page(of: account, since: last, limit: 1000)
      guard let end = page.entries.last else { return }
      var lines = ""
      for entry in page.entries {
        let time = Timestamp(milliseconds: entry.at).text
        lines += "  \(entry.id) \(time) \(entry.kind.rawValue) \(entry.amount) \(entry.balance)"
        if entry.isFolded { lines += " entries \(entry.count)" }
        for detail in [entry.endpoint, entry.requestID, entry.taskID] {
          if let detail { lines += " \(ShownText.value(detail))" }
        }
        lines += "\n"
      }
      try StandardOutput.write(lines)
      last = end.id
    }
  }

  private func check(_ reader: LedgerReader) throws {
    let discrepancies = try reader.verify()
    guard discrepancies.isEmpty else {
      for discrepancy in discrepancies { System.writeText("\(file): \(discrepancy)\n", to: 2) }
      throw ExitCode.failure
    }
    try StandardOutput.write("\(file): consistent\n")
  }
}
