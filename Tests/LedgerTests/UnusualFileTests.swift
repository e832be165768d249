import Foundation
import Testing

@testable import Ledger

@Suite("Files that were not closed, and what is no file")
struct UnusualFileTests {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file()
  }

  /// Leaves the files of a process that was killed in the middle of a transaction.
  private func killed(_ sql: String) throws {
    let raw = try RawConnection(directory.file("running.db"))
    // With so small a cache pages are written before the commit.
    try raw.execute("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE")
    try raw.execute(sql)
    try raw.execute(
      """
      CREATE TABLE filler (text);
      WITH RECURSIVE row (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM row LIMIT 500)
      INSERT INTO filler SELECT hex(randomblob(500)) FROM row
      """)
    for suffix in ["", "-journal"] {
      try directory.write(
        try directory.bytes(of: "running.db\(suffix)"), to: "ledger.db\(suffix)")
    }
    try raw.execute("ROLLBACK")
  }

  @Test("A file whose writer was killed while it created it reads as a ledger without anything")
  func killedAtCreation() throws {
    try killed(Schema.creation)
    #expect(try directory.bytes().count > 4096)
    let reader = try LedgerReader(path: path)
    #expect(try reader.organizations().isEmpty)
    #expect(try reader.verify() == [])
    let ledger = try Ledger(.file(path))
    try ledger.make(grant: 5)
    ledger.close()
    #expect(try LedgerReader(path: path).organizations().map(\.account.balance) == [5])
  }

  @Test("A file whose writer was killed in a transaction reads as it was before")
  func killedInTransaction() throws {
    let ledger = try Ledger(.file(directory.file("running.db")))
    try ledger.make(grant: 77)
    ledger.close()
    try killed("UPDATE organization SET balance = 1")
    let reader = try LedgerReader(path: path)
    #expect(try reader.organizations().map(\.account.balance) == [77])
    #expect(try reader.verify() == [])
  }

  @Test("A file to which nobody has written reads as a ledger without anything")
  func empty() throws {
    try directory.write([])
    #expect(try LedgerReader(path: path).organizations().isEmpty)
    #expect(try directory.bytes() == [])
  }

  @Test("What is no file is refused at once")
  func noFile() throws {
    let fifo = directory.file("fifo")
    #expect(mkfifo(fifo, 0o600) == 0)
    for (path, reason) in [
      (fifo, "it is a FIFO"), ("/dev/null", "it is a device"),
      (directory.path, "it is a directory"),
    ] {
      let error = LedgerError.cannotOpen(path: path, reason: reason)
      #expect(throws: error) { try Ledger(.file(path)) }
      #expect(throws: error) { try LedgerReader(path: path) }
    }
  }

  @Test("Only :memory: means no file")
  func memory() throws {
    #expect(Ledger.Location(path: ":memory:") == .memory)
    #expect(Ledger.Location(path: "./:memory:") == .file("./:memory:"))
  }
}
