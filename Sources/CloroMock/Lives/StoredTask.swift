import CloroContract
import JSON
import Simulation

extension TaskRecord {
  /// A task as documents store it, in any state. Its result isn't stored but what it is made from.
  var stored: JSON {
    var object: JSONObject = [
      "id": .string(id.text), "number": JSON(count: number), "place": JSON(count: place),
      "key": .string(key), "submission": submission.stored, "createdAt": JSON(createdAt),
      "seed": JSON(bits: seed), "resultSeed": JSON(bits: resultSeed), "origin": .string(origin),
      "creditsToCharge": .integer(creditsToCharge), "contract": .string(contract.rawValue),
      "shapes": .string(style.shapes.rawValue), "variety": .string(style.variety.rawValue),
    ]
    object.append("deliveredAt", ifAny: webhook?.deliveredAt.map { JSON($0) })
    object.append("requestId", ifAny: requestID.map { .string($0.text) })
    if before > 0 { object.append("before", JSON(count: before)) }
    object.append("nanosecondsInSnapshots", .integer(timeInSnapshots))
    life.store(in: &object)
    return .object(object)
  }

  static func read(_ reader: inout ObjectReader) -> TaskRecord? {
    reader.require([
      "id", "number", "place", "key", "submission", "createdAt", "seed", "resultSeed",
      "creditsToCharge", "contract",
    ])
    let (id, number, place) = (
      reader.identifier("id"), reader.count("number"), reader.count("place")
    )
    let key = reader.string("key")
    let submission = reader.inner("submission") { AsyncTaskRequest.read(&$0) }
    let createdAt = reader.moment("createdAt")
    let (seed, resultSeed) = (reader.bits("seed"), reader.bits("resultSeed"))
    let origin = reader.string("origin") ?? ""
    let price = reader.credits("creditsToCharge")
    let contract = reader.choice("contract", of: ContractRevision.self)
    let style = AnswerStyle(
      shapes: reader.choice("shapes", of: AnswerShapes.self) ?? .documented,
      variety: reader.choice("variety", of: AnswerVariety.self) ?? .full)
    let (deliveredAt, requestID) = (reader.moment("deliveredAt"), reader.identifier("requestId"))
    let before = reader.count("before") ?? 0
    let inSnapshots = reader.integer("nanosecondsInSnapshots") ?? 0
    let life = TaskLife.restore(&reader)
    guard let id, let number, let place, let key, let submission, let createdAt, let seed,
      let resultSeed, let price, let contract, let life
    else { return nil }
    var record = TaskRecord(
      SubmittedTask(
        id: id, number: UInt64(number), key: key, submission: submission, createdAt: createdAt,
        seed: seed, resultSeed: resultSeed, origin: origin, creditsToCharge: price,
        contract: contract, style: style),
      webhook: submission.webhookURL.map { Webhook(url: $0, deliveredAt: deliveredAt) },
      requestID: requestID)
    record.place = UInt64(place)
    record.before = UInt64(before)
    record.life = life
    record.timeInSnapshots = inSnapshots
    return record
  }
}

extension TaskLife {
  /// The name of a state in documents.
  private enum State: String, CaseIterable {
    case queued, running, backingOff, completed, failed
  }

  /// What ends a running task.
  private enum Ending: String, CaseIterable {
    case immediate, latency, timeOut, polls, held
  }

  /// Appends its members. It is called while no task is being ended; one that is, is stored as it
  /// was before.
  fileprivate func store(in object: inout JSONObject) {
    object.append("reads", JSON(reads))
    object.append("startedAt", ifAny: startedAt.map { JSON($0) })
    object.append("failedAttempts", JSON(failedAttempts))
    let state: State
    switch phase {
    case .queued: state = .queued
    case .running: state = .running
    case .backingOff: state = .backingOff
    case .settling(let settling): state = settling.run == nil ? .queued : .running
    case .ended(let end):
      if case .completed = end.outcome { state = .completed } else { state = .failed }
    }
    object.append("state", .string(state.rawValue))
    if state == .running, let run {
      let (ending, due) = Self.ending(of: run.pace)
      object.append("endsBy", .string(ending.rawValue))
      object.append("due", ifAny: due.map { JSON($0) })
    }
    if case .backingOff(let backOff) = phase { object.append("due", JSON(backOff.due)) }
    if case .ended(let end) = phase {
      object.append("endedAt", JSON(end.at))
      switch end.outcome {
      case .completed(let answer, let charged):
        object.append("charged", .integer(charged))
        if case .given(let text) = answer { object.append("given", Self.json(text)) }
      case .failed(let error): object.append("error", Self.json(error))
      }
    }
    object.append("stub", ifAny: run?.stub?.stored)
  }

  /// JSON text as a text, so that it comes back byte by byte.
  private static func json(_ text: [UInt8]) -> JSON {
    .string(String(decoding: text, as: UTF8.self))
  }

  private static func ending(of pace: Pace) -> (Ending, due: Timestamp?) {
    switch pace {
    case .immediate: (.immediate, nil)
    case .latency(let due): (.latency, due)
    case .timeOut(let due): (.timeOut, due)
    case .polls: (.polls, nil)
    case .held: (.held, nil)
    // Whoever reads it may have no service to ask.
    case .upstream: (.immediate, nil)
    case .suspended(let due?, let timesOut): (timesOut ? .timeOut : .latency, due)
    case .suspended(nil, _): (.immediate, nil)
    }
  }

  fileprivate static func restore(_ reader: inout ObjectReader) -> TaskLife? {
    reader.require("state")
    let reads = reader.count("reads") ?? 0
    let startedAt = reader.moment("startedAt")
    let failedAttempts = reader.count("failedAttempts") ?? 0
    let stub = reader.inner("stub") { CountedRule<Stub>.read(&$0) }
    let run = { Run(slot: .none, stub: stub, pace: $0) }
    let state = reader.choice("state", of: State.self)
    let phase: Phase?
    switch state {
    case nil: return nil
    case .queued: phase = .queued
    case .running: phase = pace(&reader).map { .running(run($0)) }
    case .backingOff:
      reader.require("due")
      phase = reader.moment("due").map { .backingOff(BackOff(due: $0)) }
    case .completed, .failed:
      // A task that has ended keeps its run for the stub that answered it.
      let run = stub == nil ? nil : run(.immediate)
      phase = end(&reader, isCompleted: state == .completed, run).map { .ended($0) }
    }
    return phase.map {
      TaskLife($0, reads: reads, startedAt: startedAt, failedAttempts: failedAttempts)
    }
  }

  private static func pace(_ reader: inout ObjectReader) -> Pace? {
    reader.require("endsBy")
    let ending = reader.choice("endsBy", of: Ending.self)
    if ending == .latency || ending == .timeOut { reader.require("due") }
    let due = reader.moment("due")
    switch ending {
    case .immediate: return .immediate
    case .latency: return due.map { .latency(until: $0) }
    case .timeOut: return due.map { .timeOut(at: $0) }
    case .polls: return .polls
    case .held: return .held
    case nil: return nil
    }
  }

  private static func end(
    _ reader: inout ObjectReader, isCompleted: Bool, _ run: Run?
  ) -> End? {
    reader.require(["endedAt", isCompleted ? "charged" : "error"])
    let at = reader.moment("endedAt")
    func text(_ name: String) -> [UInt8]? {
      reader.member(name, expected: "JSON as a text") { json in
        guard let bytes = json.string.map({ Array($0.utf8) }), (try? JSON(parsing: bytes)) != nil
        else { return nil }
        return bytes
      }
    }
    let outcome: Outcome?
    if isCompleted {
      let charged = reader.credits("charged")
      let answer = text("given").map { Answer.given($0) } ?? .result
      outcome = charged.map { .completed(answer, charged: $0) }
    } else {
      outcome = text("error").map { .failed($0) }
    }
    guard let at, let outcome else { return nil }
    return End(at: at, outcome: outcome, run: run)
  }
}

extension TaskBoard {
  var stored: JSON {
    [
      "submitted": JSON(count: inserted), "peak": JSON(peak),
      "waiting": .array(waiting.map { .string($0.text) }), "records": .array(all.map(\.stored)),
    ]
  }

  static func read(_ reader: inout ObjectReader) -> TaskBoard? {
    reader.require(["submitted", "waiting", "records"])
    let (inserted, peak) = (reader.count("submitted"), reader.count("peak") ?? 0)
    let records = reader.list("records") { TaskRecord.read(&$0) }
    let waiting = reader.member("waiting", expected: "an array of tasks' identifiers") { json in
      let ids = json.array?.map { $0.string.flatMap { Identifier(text: $0) } }
      return ids?.contains(where: { $0 == nil }) == true ? nil : ids?.compactMap(\.self)
    }
    guard let inserted, let records, let waiting else { return nil }
    var (ids, keys) = (Set<Identifier>(), Set<[UInt8]>())
    for (index, record) in records.enumerated() {
      if !ids.insert(record.id).inserted {
        reader.fail("records[\(index)].id", "stands twice")
      }
      if let key = record.submission.idempotencyKey, !keys.insert(Array(key.utf8)).inserted {
        reader.fail("records[\(index)].submission.idempotencyKey", "stands twice")
      }
    }
    let queued = records.filter { if case .queued = $0.life.phase { true } else { false } }
    guard Set(queued.map(\.id)) == Set(waiting), queued.count == waiting.count else {
      reader.fail("waiting", "expected each task once whose state is queued, and no other")
      return nil
    }
    return TaskBoard(records, waiting: waiting, inserted: UInt64(inserted), peak: peak)
  }
}
