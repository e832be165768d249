import CloroContract
import Simulation
import Testing

@testable import CloroMock

@Suite("Finished tasks as bytes")
struct PackedTasksTests {
  /// Everything that a value holds, member by member, so that a member that packing forgets shows.
  private func everything(_ task: TaskRecord) -> String {
    var text = ""
    dump(task, to: &text)
    return text
  }

  /// What is the same for a task that was packed: of its last run only the stub is kept, and no
  /// timer but that of its expiry.
  private func kept(_ task: TaskRecord) -> TaskRecord {
    var task = task
    task.timer = nil
    guard let end = task.life.end else { return task }
    let run = end.run?.stub.map { TaskLife.Run(slot: .none, stub: $0, pace: .immediate) }
    task.life = TaskLife(
      .ended(TaskLife.End(at: end.at, outcome: end.outcome, run: run)), reads: task.life.reads,
      startedAt: task.life.startedAt, failedAttempts: task.life.failedAttempts)
    return task
  }

  @Test("2,000 tasks of every provider, member and end come back as they were")
  func roundTrip() throws {
    var tasks = PackedStore<TaskRecord>()
    var samples = try TaskSamples(seed: 1)
    var numbers: [(number: UInt32, task: TaskRecord)] = []
    for _ in 0..<2_000 {
      let task = samples.next()
      numbers.append((tasks.insert(task), task))
    }
    #expect(tasks.count == 2_000 && tasks.counted == 2_000)
    #expect(Set(tasks.numbers) == Set(numbers.map(\.number)))
    for (number, task) in numbers {
      #expect(everything(tasks[number]) == everything(kept(task)))
      #expect(tasks[number].stored == task.stored)
      #expect(tasks.id(number) == task.id)
      let key = task.submission.idempotencyKey.map { Array($0.utf8) }
      #expect(tasks.hasIdempotencyKey(key ?? [], number) == (key != nil))
      #expect(!tasks.hasIdempotencyKey((key ?? []) + [1], number))
    }
  }

  @Test("What is replaced and removed changes no other; a copy stays as it was")
  func changes() throws {
    var tasks = PackedStore<TaskRecord>()
    var samples = try TaskSamples(seed: 2)
    var random = SeededRandom(seed: 3)
    var present: [UInt32: TaskRecord] = [:]
    for round in 0..<6_000 {
      let task = samples.next()
      let chosen = present.keys.sorted().dropFirst(Int(random.next() % 500)).first
      switch (random.next() % 3, chosen) {
      case (0, let number?):
        tasks.remove(number)
        present[number] = nil
      case (1, let number?):
        tasks.replace(number, task)
        present[number] = task
      default: present[tasks.insert(task)] = task
      }
      guard round % 1_500 == 1_499 else { continue }
      let copy = tasks
      for number in present.keys { tasks.remove(number) }
      #expect(tasks.count == 0 && tasks.numbers.isEmpty)
      tasks = copy
      #expect(tasks.count == present.count && tasks.counted == present.count)
      for (number, task) in present {
        #expect(everything(tasks[number]) == everything(kept(task)))
      }
    }
  }

  @Test("A delivered report takes no more room than one that isn't")
  func deliveredAt() throws {
    func size(_ task: TaskRecord) throws -> Int {
      var (writer, shares) = (PackedWriter(), PackedShares())
      PackedTask.write(task, try #require(task.life.end), to: &writer, sharing: &shares)
      return writer.bytes.count
    }
    var samples = try TaskSamples(seed: 4)
    var task = samples.next()
    task.webhook = TaskRecord.Webhook(url: "http://127.0.0.1:1/hook")
    let before = try size(task)
    task.webhook?.deliveredAt = Timestamp(nanoseconds: .max)
    #expect(try size(task) == before)
  }
}

/// Finished tasks with every member drawn.
struct TaskSamples {
  private var random: SeededRandom
  private var number: UInt64 = 0

  private let stubs: [CountedRule<Stub>]

  init(seed: UInt64) throws {
    random = SeededRandom(seed: seed)
    stubs = try (0..<3).map { number in
      CountedRule(
        unlisted: "stub-\(number)", try .make(#"{"result":{"text":"answer \#(number)"}}"#))
    }
  }

  private mutating func draw(_ bound: UInt64) -> UInt64 { random.next() % bound }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int(draw(UInt64(elements.count)))]
  }

  private mutating func maybe<Value>(_ value: (inout Self) -> Value) -> Value? {
    draw(2) == 0 ? nil : value(&self)
  }

  private mutating func text() -> String {
    let texts = ["", "US", "é", "e\u{301}", "\u{0}", String(repeating: "x", count: 200)]
    return pick(texts + ["\(draw(9))"])
  }

  private mutating func moment() -> Timestamp {
    Timestamp(nanoseconds: pick([0, -1, .max, .min + 1, Int64(draw(1 << 62))]))
  }

  private mutating func request() -> MonitorRequest {
    var request = MonitorRequest(
      provider: pick(Provider.allCases), question: text(), country: text())
    request.state = maybe { $0.text() }
    request.location = maybe { $0.text() }
    request.uule = maybe { $0.text() }
    request.hl = maybe { $0.text() }
    request.device = pick(MonitorRequest.Device.allCases)
    request.pages = Int(draw(11))
    request.include = Include(rawValue: UInt16(draw(1 << 16)))
    request.legacy = draw(2) == 0
    request.disableWebSearch = draw(2) == 0
    return request
  }

  private mutating func stub() -> CountedRule<Stub> {
    var counts = CountedRule<Stub>.Counts()
    counts.timesLeft = maybe { Int($0.draw(9)) }
    counts.seen = Int(draw(1_000))
    counts.struck = Int(draw(1_000))
    counts.step = Int(draw(4))
    counts.turns = pick([[:], ["sk_live_a": 3]])
    counts.begun = maybe { Timestamp(nanoseconds: Int64($0.draw(1 << 60))) }
    return pick(stubs).counted(counts)
  }

  private mutating func end() -> TaskLife.End {
    let outcome: TaskLife.Outcome =
      switch draw(4) {
      case 0: .failed(Array("{\"error\":{}}".utf8))
      case 1: .completed(.given(Array(text().utf8)), charged: Int64(draw(100)))
      default: .completed(.result, charged: Int64(draw(100)))
      }
    let run = maybe { samples in
      TaskLife.Run(
        slot: ConcurrencySlots.slot(), stub: samples.maybe { $0.stub() }, pace: .polls)
    }
    return TaskLife.End(at: moment(), outcome: outcome, run: run)
  }

  mutating func next() -> TaskRecord {
    number += 1
    var task = TaskRecord(
      SubmittedTask(
        id: Identifier(number), number: number, key: pick(["sk_live_a", "sk_live_b", text()]),
        submission: AsyncTaskRequest(
          request: request(), priority: 1 + Int(draw(10)), idempotencyKey: maybe { $0.text() },
          webhookURL: maybe { "http://127.0.0.1/\($0.draw(40))" }),
        createdAt: moment(), seed: random.next(), resultSeed: random.next(), origin: text(),
        creditsToCharge: Int64(draw(99)), contract: pick(ContractRevision.allCases),
        style: AnswerStyle(
          shapes: pick(AnswerShapes.allCases), variety: pick(AnswerVariety.allCases))))
    task.webhook = maybe { samples in
      TaskRecord.Webhook(
        url: "http://127.0.0.1/\(samples.draw(40))", deliveredAt: samples.maybe { $0.moment() })
    }
    task.requestID = maybe { Identifier($0.random.next()) }
    task.place = draw(1 << 40)
    task.before = draw(3)
    task.timeInSnapshots = pick([0, Int64(draw(1 << 40))])
    task.expiry = maybe { MockClock.OwnedTimer(at: $0.moment(), number: $0.random.next()) }
    let (end, started) = (end(), maybe { $0.moment() })
    task.life = TaskLife(
      .ended(end), reads: Int(draw(9)), startedAt: started, failedAttempts: Int(draw(3)))
    return task
  }
}
