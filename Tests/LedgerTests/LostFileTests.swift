import Foundation
import Testing

@testable import Ledger

@Suite("A file that is taken away while its ledger runs")
struct LostFileTests {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file()
  }

  struct Harm: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: String
    let happen: @Sendable (String) throws -> Void
  }

  static let harms: [Harm] = [
    Harm(testDescription: "deleted", reason: "ledger.db is not there any more") { path in
      try FileManager.default.removeItem(atPath: path)
    },
    Harm(testDescription: "moved", reason: "ledger.db is not there any more") { path in
      try FileManager.default.moveItem(atPath: path, toPath: "\(path).old")
    },
    Harm(testDescription: "replaced", reason: "ledger.db was replaced by another file") { path in
      let bytes = try Data(contentsOf: URL(filePath: path))
      try FileManager.default.moveItem(atPath: path, toPath: "\(path).old")
      try bytes.write(to: URL(filePath: path))
    },
    Harm(testDescription: "cut short", reason: "ledger.db was cut short") { path in
      let file = try #require(FileHandle(forWritingAtPath: path))
      try file.truncate(atOffset: 0)
      try file.close()
    },
    Harm(testDescription: "without its WAL", reason: "ledger.db-wal is not there any more") {
      try FileManager.default.removeItem(atPath: "\($0)-wal")
    },
  ]

  @Test("is noticed at the next charge, which isn't made", arguments: harms)
  func noticed(_ harm: Harm) async throws {
    let ledger = try Ledger(.file(path))
    let account = try ledger.make(grant: 100)
    #expect(await ledger.charge(.make(account)) == .charged(balance: 93))
    #expect(ledger.loss == nil)
    try harm.happen(path)
    for _ in 0..<2 {
      guard case .failed(.lost(path, let reason)) = await ledger.charge(.make(account)) else {
        Issue.record("not refused")
        return
      }
      #expect(reason.hasSuffix(harm.reason))
    }
    #expect(throws: LedgerError.self) { try ledger.make("other") }
    #expect(account.balance == 93)
    #expect(ledger.loss != nil)
    // What lies at the path belongs to somebody else, so closing leaves it alone.
    let before = try directory.names()
    ledger.close()
    #expect(try directory.names() == before)
    #expect(ledger.loss != nil)
  }

  @Test("is noticed at the end, when nothing was charged since", arguments: harms)
  func noticedAtTheEnd(_ harm: Harm) throws {
    let ledger = try Ledger(.file(path))
    try ledger.make(grant: 100)
    try harm.happen(path)
    ledger.close()
    #expect(ledger.loss != nil)
  }

  @Test("Nothing is noticed where nothing happens, a link and a reader included")
  func nothing() async throws {
    let link = directory.file("link.db")
    try Ledger(.file(path)).close()
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    let ledger = try Ledger(.file(link))
    let account = try ledger.make(grant: 1_000_000)
    for _ in 0..<20 {
      let charges = (0..<500).map { _ in Charge.make(account, 1) }
      #expect(await ledger.charge(contentsOf: charges).allSatisfy(\.isCharged))
      #expect(try LedgerReader(path: path).verify() == [])
    }
    ledger.close()
    #expect(ledger.loss == nil)
  }
}
