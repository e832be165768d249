import Simulation
import Testing

@testable import CloroMock

@Suite("The board of tasks")
struct TaskBoardTests {
  private let now = Timestamp(milliseconds: 1000)

  private func board(_ priorities: [Int]) throws -> TaskBoard {
    var board = TaskBoard()
    for (index, priority) in priorities.enumerated() {
      board.insert(try .make(UInt64(index), priority: priority))
    }
    return board
  }

  @Test("The highest priority starts first, and within it who came first")
  func order() throws {
    var board = try board([1, 9, 5, 9, 10, 1])
    var started: [UInt64] = []
    while let task = board.startNext(at: now) { started.append(task.number) }
    #expect(started == [4, 1, 3, 2, 0, 5])
    #expect(board.queuedCount == 0 && board.processingCount == 6)
  }

  @Test("The breakdown counts queued tasks, highest priority first")
  func breakdown() throws {
    var board = try board([1, 9, 5, 9])
    _ = board.startNext(at: now)
    #expect(board.breakdown.map(\.priority) == [9, 5, 1])
    #expect(board.breakdown.map(\.count) == [1, 1, 1])
  }

  @Test("Clearing leaves what is processing, and frees the keys of what was queued")
  func clear() throws {
    var board = TaskBoard()
    for number in 0..<3 as Range<UInt64> {
      board.insert(try .make(number, key: "key-\(number)"))
    }
    _ = board.startNext(at: now)
    let cleared = [board.clearQueue(), board.clearQueue()]
    #expect(cleared == [2, 0])
    #expect(board.queuedCount == 0 && board.processingCount == 1)
    #expect(board.isBound(idempotencyKey: "key-0") && !board.isBound(idempotencyKey: "key-1"))
    #expect(board[Identifier(1)] == nil && board[Identifier(0)] != nil)
  }

  @Test("A task ends once")
  func endsOnce() throws {
    var board = try board([1])
    let id = Identifier(0)
    _ = board.startNext(at: now)
    let claims = [board.claimEnd(id), board.claimEnd(id)].map { $0 != nil }
    #expect(claims == [true, false])
    let end = board.finish(id, .completed, outcome: .result, charged: 5, at: now)
    #expect(end?.creditsCharged == 5 && board.processingCount == 0)
    let late = board.claimEnd(id)
    #expect(late == nil && board.processingCount == 0)
  }

  @Test("A task that is ended in the queue held no slot and isn't started any more")
  func endsInQueue() throws {
    var board = try board([1, 1])
    _ = board.claimEnd(Identifier(0))
    let end = board.finish(Identifier(0), .failed, outcome: .result, charged: 0, at: now)
    #expect(end?.slot == nil && board.queuedCount == 1)
    let started = [board.startNext(at: now)?.number, board.startNext(at: now)?.number]
    #expect(started == [1, nil])
  }

  @Test("Removing a task frees its idempotency key, unless another task has it by now")
  func remove() throws {
    var board = TaskBoard()
    board.insert(try .make(0, key: "a"))
    board.remove(Identifier(0))
    #expect(!board.isBound(idempotencyKey: "a"))
    board.insert(try .make(1, key: "a"))
    board.remove(Identifier(0))
    #expect(board.isBound(idempotencyKey: "a"))
  }

  @Test("There is room up to the limit and not one more")
  func room() throws {
    let board = try board([1, 1, 1])
    #expect(board.hasRoom(for: 2, limit: 5) && !board.hasRoom(for: 3, limit: 5))
  }

  @Test("Numbers of removed elements are used again, and elements stay where they are")
  func store() {
    var store = SlotStore<Int>()
    let numbers = (0..<2000).map { number in store.insert(number) }
    #expect(Set(numbers).count == 2000 && store.count == 2000)
    store.remove(numbers[700])
    #expect(store[numbers[700]] == nil && store[numbers[701]] == 701)
    let again = store.insert(-1)
    #expect(again == numbers[700])
    #expect(store.all.count == 2000)
    for number in numbers { store.remove(number) }
    #expect(store.count == 0 && store.all.isEmpty)
  }
}
