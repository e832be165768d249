import CloroContract
import JSON
import Ledger
import Simulation
import Testing

@testable import CloroMock

@Suite("Tasks as documents")
struct TaskDocumentsTests {
  private let account: Account

  init() throws {
    account = try Ledger().createOrganization(named: "o", plan: "hobby", grant: 0, at: 0)
  }

  @Test("Finished tasks lie in the order of their numbers, whatever their identifiers")
  func order() {
    let numbers: [UInt64] = [1, 9, 10, 255, 256, 65_536, UInt64(Int64.max)]
    let ids = numbers.map { TaskDocuments.finishedID(.make($0)) }
    #expect(ids == ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    #expect(ids.map(TaskDocuments.number(ofID:)) == numbers)
    #expect(ids.map(TaskDocuments.task(ofID:)) == numbers.map { TaskRecord.make($0).id.text })
    // Between those of a number and those of the one before.
    for (id, number) in zip(ids, numbers) {
      #expect(TaskDocuments.numberedID(from: number) < id)
      #expect(id < TaskDocuments.numberedID(from: number + 1))
    }
  }

  @Test("An end replaces the open task, and nothing of it is left when its day is over")
  func end() throws {
    var task = TaskRecord.make(3, key: "é")
    var kept: [String: [UInt8]] = [:]
    func write(_ documents: [Ledger.Document]) {
      for each in documents { kept["\(each.kind) \(each.id)"] = each.body }
    }
    write(TaskDocuments.submitted([task], of: account))
    #expect(kept.count == 2)
    let open = try #require(kept["\(TaskDocumentKind.openTask) \(task.id.text)"])
    #expect(JSON.read(document: open) { TaskRecord.read(&$0) }?.id == task.id)

    _ = task.life.endRequested(given: nil)
    _ = try task.life.charged(5, at: at(10))
    write(TaskDocuments.finished(task, of: account))
    #expect(kept.count == 3 && kept["\(TaskDocumentKind.openTask) \(task.id.text)"] == nil)
    let id = TaskDocuments.finishedID(task)
    #expect(kept["\(TaskDocumentKind.finishedTaskID) \(task.id.text)"] == Array(id.utf8))
    let body = try #require(kept["\(TaskDocumentKind.finishedTask) \(id)"])
    #expect(JSON.read(document: body) { TaskRecord.read(&$0) }?.creditsCharged == 5)
    #expect(kept["\(TaskDocumentKind.idempotencyKey) é"] == Array(task.id.text.utf8))

    write(TaskDocuments.expired(task, hasKey: false, delivery: nil, of: account))
    #expect(kept.keys.sorted() == ["\(TaskDocumentKind.idempotencyKey) é"])
    write(TaskDocuments.expired(task, hasKey: true, delivery: nil, of: account))
    #expect(kept.isEmpty)
  }

  @Test("A board's documents bring it back")
  func board() throws {
    var board = TaskBoard()
    for number in 1...3 as ClosedRange<UInt64> { board.insert(.make(number, key: "k\(number)")) }
    board.update(Identifier(2)) { task in
      _ = task.life.failed(Array("{}".utf8), at: at(5))
    }
    let documents = TaskDocuments.all(board, number: 7, of: account)
    let kinds = Dictionary(grouping: documents.filter { $0.body != nil }, by: \.kind)
    #expect(kinds[TaskDocumentKind.openTask]?.count == 2)
    #expect(kinds[TaskDocumentKind.finishedTask]?.count == 1)
    #expect(kinds[TaskDocumentKind.idempotencyKey]?.map(\.id) == ["k1", "k2", "k3"])
    let counts = TaskCounts(try #require(kinds[TaskDocumentKind.taskCounts]?.first?.body))
    #expect(counts?.submitted == 3 && counts?.number == 7)
    #expect(TaskDocuments.all(TaskBoard(), number: 7, of: account).isEmpty)
  }

  @Test("What another program has written there is nothing")
  func foreign() {
    for text in ["", "[]", "{}", #"{"id": 5}"#, "{\"submitted\": -1}"] {
      #expect(JSON.read(document: Array(text.utf8)) { TaskRecord.read(&$0) } == nil)
      #expect(TaskCounts(Array(text.utf8)) == nil)
    }
  }

  @Test("Accepted tasks have their keys until they are queued or given up")
  func submitted() {
    var submitted = SubmittedTasks()
    let tasks = [TaskRecord.make(1, key: "a"), .make(2), .make(3, key: "b")]
    for task in tasks { submitted.add(task) }
    #expect(submitted.count == 3 && submitted.isBound(idempotencyKey: "b"))
    submitted.remove(Array(tasks.prefix(2)))
    #expect(submitted.count == 1 && !submitted.isBound(idempotencyKey: "a"))
    #expect(submitted.isBound(idempotencyKey: "b"))
  }
}

private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }
