import ArgumentParser
import CloroMock
import JSON
import Ledger
import Platform
import Simulation

/// Prints a ledger's file without changing it.
struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Print balances and entries of a ledger database.",
    discussion: """
      With --json standard output has one object: organizations, each with its plan, balance, keys \
      and entries, which have the members of GET /_mock/ledger. With --verify and --json it has \
      "consistent" and "problems". Exits with 1 when the file can't be read or isn't consistent.
      """)

  @Argument(help: "The database file.", completion: .file())
  var file: String

  @Option(help: "Only the organization of this key. (default: all)")
  var key: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Check that every balance is the sum of its entries and the file is whole.")
  var verify = false

  func validate() throws {
    if verify, key != nil {
      throw ValidationError("--verify looks at the whole file; leave out --key")
    }
  }

  func run() throws {
    let reader = try LedgerReader(path: file)
    if verify { return try check(reader) }
    let organizations = try organizations(of: reader)
    if json { return try printJSON(of: organizations, reader) }
    for organization in organizations {
      let account = organization.account
      try StandardOutput.write(
        "organization \(ShownText.value(account.name)) plan \(ShownText.value(organization.plan))"
          + " balance \(account.balance)\n")
      for key in organization.keys {
        try StandardOutput.write(
          "  key \(ShownText.value(key.text))\(key.isRevoked ? " revoked" : "")\n")
      }
      try forEachPage(of: account, reader) { entries in
        try StandardOutput.write(entries.map(Self.line).joined())
      }
    }
  }

  private func organizations(of reader: LedgerReader) throws -> [Ledger.Organization] {
    let all = try reader.organizations()
    guard let key else { return all }
    let owner = all.filter { $0.keys.contains { $0.text == key } }
    guard !owner.isEmpty else {
      let hint = ObjectReader.hint(key, all.flatMap { $0.keys.map(\.text) })
      Message.write("\(file): there is no key \"\(ShownText.value(key))\"\(hint)")
      throw ExitCode.failure
    }
    return owner
  }

  private func forEachPage(
    of account: Account, _ reader: LedgerReader, _ body: ([Ledger.Entry]) throws -> Void
  ) throws {
    var last: Int64 = 0
    while true {
      let page = try reader.page(of: account, since: last, limit: 1000)
      guard let end = page.entries.last else { return }
      try body(page.entries)
      last = end.id
    }
  }

  private static func line(_ entry: Ledger.Entry) -> String {
    let time = Timestamp(milliseconds: entry.at).text
    var line = "  \(entry.id) \(time) \(entry.kind.rawValue) \(entry.amount) \(entry.balance)"
    if entry.isFolded { line += " entries \(entry.count)" }
    for detail in [entry.endpoint, entry.requestID, entry.taskID] {
      if let detail { line += " \(ShownText.value(detail))" }
    }
    return line + "\n"
  }

  /// Written in pieces, because a ledger may be larger than memory.
  private func printJSON(of organizations: [Ledger.Organization], _ reader: LedgerReader) throws {
    try StandardOutput.write(#"{"organizations":["#)
    var separator = ""
    for organization in organizations {
      let keys = organization.keys.map { key -> JSON in
        ["key": .string(key.text), "revoked": .bool(key.isRevoked)]
      }
      let head: JSON = [
        "organization": .string(organization.account.name), "plan": .string(organization.plan),
        "balance": .integer(organization.account.balance), "keys": .array(keys),
      ]
      // The object stays open for its entries.
      try StandardOutput.write(separator + String(Self.text(head).dropLast()) + #","entries":["#)
      separator = ""
      try forEachPage(of: organization.account, reader) { entries in
        let list = entries.map { Self.text($0.json) }.joined(separator: ",")
        try StandardOutput.write(separator + list)
        separator = ","
      }
      try StandardOutput.write("]}")
      separator = ","
    }
    try StandardOutput.write("]}\n")
  }

  private static func text(_ json: JSON) -> String { String(decoding: json.encoded, as: UTF8.self) }

  private func check(_ reader: LedgerReader) throws {
    let problems = try reader.verify().map { "\($0)" }
    if json {
      let list = JSON.array(problems.map(JSON.string))
      let result: JSON = ["consistent": .bool(problems.isEmpty), "problems": list]
      try StandardOutput.write(Self.text(result) + "\n")
    }
    guard problems.isEmpty else {
      for problem in problems where !json { Message.write("\(file): \(problem)") }
      throw ExitCode.failure
    }
    if !json { try StandardOutput.write("\(file): consistent\n") }
  }
}
