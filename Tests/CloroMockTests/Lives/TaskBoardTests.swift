import Simulation
import Testing

@testable import CloroMock

@Suite("The board of tasks")
struct TaskBoardTests {
  private let now = Timestamp(milliseconds: 1000)

  private func board(_ priorities: [Int]) -> TaskBoard {
    var board = TaskBoard()
    for (index, priority) in priorities.enumerated() {
      board.insert(.make(UInt64(index), priority: priority))
    }
    return board
  }

  /// Picks up the next task and returns its number.
  private func start(_ board: inout TaskBoard) throws -> UInt64? {
    guard let task = board.takeNext() else { return nil }
    try change(&board, task.number) { life throws(ImpossibleEvent) in
      try life.pickedUp(at: now, slot: ConcurrencySlots.slot(), stub: nil, pace: .polls)
    }
    return task.number
  }

  private func change(
    _ board: inout TaskBoard, _ number: UInt64,
    _ event: (inout TaskLife) throws(ImpossibleEvent) -> [TaskLife.Action]?
  ) throws {
    let result = board.update(Identifier(number)) { task in
      Result { () throws(ImpossibleEvent) in try event(&task.life) }
    }
    _ = try result?.get()
  }

  @Test("The highest priority starts first, and within it who came first")
  func order() throws {
    var board = board([1, 9, 5, 9, 10, 1])
    var started: [UInt64] = []
    while let number = try start(&board) { started.append(number) }
    #expect(started == [4, 1, 3, 2, 0, 5])
    #expect(board.queuedCount == 0 && board.processingCount == 6)
  }

  @Test("The breakdown counts queued tasks, highest priority first")
  func breakdown() throws {
    var board = board([1, 9, 5, 9])
    _ = try start(&board)
    #expect(board.breakdown.map(\.priority) == [9, 5, 1])
    #expect(board.breakdown.map(\.count) == [1, 1, 1])
  }

  @Test("Clearing leaves what is processing, and frees the keys of what was queued")
  func clear() throws {
    var board = TaskBoard()
    for number in 0..<3 as Range<UInt64> { board.insert(.make(number, key: "key-\(number)")) }
    _ = try start(&board)
    let cleared = [board.clearQueue(), board.clearQueue()].map { $0.map(\.number) }
    #expect(cleared == [[1, 2], []])
    #expect(board.queuedCount == 0 && board.processingCount == 1)
    #expect(board.isBound(idempotencyKey: "key-0") && !board.isBound(idempotencyKey: "key-1"))
    #expect(board[Identifier(1)] == nil && board[Identifier(0)] != nil)
  }

  @Test("A task that waits for another attempt is queued, but isn't the next one until it is due")
  func attempts() throws {
    var board = board([1, 1, 1])
    for number in 0...1 as ClosedRange<UInt64> {
      _ = board.takeNext()
      try change(&board, number) { life throws(ImpossibleEvent) in
        _ = try life.pickedUp(
          at: now, slot: ConcurrencySlots.slot(), stub: nil, pace: .timeOut(at: now))
        return life.timedOut(at: now, retryAt: now, [])
      }
    }
    #expect(board.queuedCount == 3 && board.processingCount == 0)
    #expect(board.takeNext()?.number == 2 && board.takeNext() == nil)
    try change(&board, 1) { $0.retryDue() }
    board.requeue(try #require(board[Identifier(1)]))
    #expect(board.queuedCount == 3 && board.takeNext()?.number == 1)
    #expect(board.clearQueue().map(\.number) == [0])
  }

  @Test("A task whose end is on the way counts where it was, and not once it has ended")
  func counts() throws {
    var board = board([1, 3])
    _ = try start(&board)
    for number in 0...1 as ClosedRange<UInt64> {
      try change(&board, number) { $0.endRequested(given: nil) }
    }
    #expect(board.queuedCount == 1 && board.processingCount == 1)
    #expect(board.breakdown.map(\.priority) == [1])
    for number in 0...1 as ClosedRange<UInt64> {
      try change(&board, number) { life throws(ImpossibleEvent) in try life.charged(5, at: now) }
    }
    #expect(board.queuedCount == 0 && board.processingCount == 0 && board.breakdown.isEmpty)
  }

  @Test("A task that is ended in the queue is neither started nor cleared any more")
  func endsInQueue() throws {
    var board = board([1, 1, 1])
    try change(&board, 0) { $0.endRequested(given: nil) }
    try change(&board, 1) { $0.failed([], at: now) }
    #expect(board.queuedCount == 2)
    let started = [try start(&board), try start(&board)]
    #expect(started == [2, nil])
    let cleared = board.clearQueue()
    #expect(cleared.count == 0 && board.queuedCount == 1)
  }

  @Test("Removing a task frees its idempotency key, unless another task has it by now")
  func remove() {
    var board = TaskBoard()
    board.insert(.make(0, key: "a"))
    board.remove(Identifier(0))
    #expect(!board.isBound(idempotencyKey: "a") && board.queuedCount == 0)
    board.insert(.make(1, key: "a"))
    board.remove(Identifier(0))
    #expect(board.isBound(idempotencyKey: "a"))
  }

  @Test("There is room up to the limit and not one more")
  func room() {
    let board = board([1, 1, 1])
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
