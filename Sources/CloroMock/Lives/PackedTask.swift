import CloroContract
import Simulation

/// What several packed tasks share. A pure value.
struct PackedShares: PackedSharing {
  /// The most texts, because each new one is compared with all of them.
  private static let mostTexts = 16

  private var texts: [String] = []
  private var stubs: [CountedRule<Stub>] = []

  /// Writes a text that many tasks are likely to have: its number among ``texts`` from 1, or 0 and
  /// the text itself when there are too many others.
  mutating func write(_ text: String, to writer: inout PackedWriter) {
    if let place = texts.firstIndex(where: { Self.areSame($0, text) }) {
      return writer.number(UInt64(place + 1))
    }
    guard texts.count < Self.mostTexts else {
      writer.byte(0)
      return writer.text(text)
    }
    texts.append(text)
    writer.number(UInt64(texts.count))
  }

  /// Whether two texts have the same bytes. Eight are compared at a time, because each task's key
  /// is.
  private static func areSame(_ one: String, _ other: String) -> Bool {
    let areSame = one.utf8.withContiguousStorageIfAvailable { one in
      other.utf8.withContiguousStorageIfAvailable { other in
        let (one, other) = (UnsafeRawBufferPointer(one), UnsafeRawBufferPointer(other))
        guard one.count == other.count else { return false }
        var place = 0
        while place + 8 <= one.count {
          guard
            one.loadUnaligned(fromByteOffset: place, as: UInt64.self)
              == other.loadUnaligned(fromByteOffset: place, as: UInt64.self)
          else { return false }
          place += 8
        }
        while place < one.count {
          guard one[place] == other[place] else { return false }
          place += 1
        }
        return true
      }
    }
    return (areSame ?? nil) ?? one.hasSameBytes(as: other)
  }

  func text(_ reader: inout PackedReader) -> String {
    let number = Int(reader.number())
    return number == 0 ? reader.text() : texts[number - 1]
  }

  /// Writes a stub with what it had counted.
  mutating func write(_ stub: CountedRule<Stub>, to writer: inout PackedWriter) {
    let place =
      stubs.lastIndex { $0.isSameRule(as: stub) }
      ?? {
        stubs.append(stub)
        return stubs.count - 1
      }()
    writer.number(UInt64(place))
    let counts = stub.counts
    writer.signed(counts.timesLeft.map { Int64($0) } ?? -1)
    writer.number(UInt64(counts.seen))
    writer.number(UInt64(counts.struck))
    writer.number(UInt64(counts.step))
    writer.signed(counts.begun.map { $0.nanoseconds } ?? .min)
    writer.number(UInt64(counts.turns.count))
    for (key, turn) in counts.turns {
      write(key, to: &writer)
      writer.number(UInt64(turn))
    }
  }

  func stub(_ reader: inout PackedReader) -> CountedRule<Stub> {
    let stub = stubs[Int(reader.number())]
    var counts = CountedRule<Stub>.Counts()
    let timesLeft = reader.signed()
    counts.timesLeft = timesLeft < 0 ? nil : Int(timesLeft)
    counts.seen = Int(reader.number())
    counts.struck = Int(reader.number())
    counts.step = Int(reader.number())
    let begun = reader.signed()
    counts.begun = begun == .min ? nil : Timestamp(nanoseconds: begun)
    for _ in 0..<reader.number() {
      let key = text(&reader)
      counts.turns[key] = Int(reader.number())
    }
    return stub.counted(counts)
  }
}

/// Which of a packed task's parts are there, and its parts of one bit.
private struct PackedParts: OptionSet {
  let rawValue: UInt64

  static let idempotencyKey = PackedParts(rawValue: 1 << 0)
  static let webhookURL = PackedParts(rawValue: 1 << 1)
  static let webhook = PackedParts(rawValue: 1 << 2)
  static let requestID = PackedParts(rawValue: 1 << 3)
  static let startedAt = PackedParts(rawValue: 1 << 4)
  static let expiry = PackedParts(rawValue: 1 << 5)
  static let failed = PackedParts(rawValue: 1 << 6)
  static let given = PackedParts(rawValue: 1 << 7)
  static let stub = PackedParts(rawValue: 1 << 8)
  static let state = PackedParts(rawValue: 1 << 9)
  static let location = PackedParts(rawValue: 1 << 10)
  static let uule = PackedParts(rawValue: 1 << 11)
  static let hl = PackedParts(rawValue: 1 << 12)
  static let legacy = PackedParts(rawValue: 1 << 13)
  static let disableWebSearch = PackedParts(rawValue: 1 << 14)

  init(rawValue: UInt64) { self.rawValue = rawValue }

  init(of task: TaskRecord, _ end: TaskLife.End) {
    let (submission, request) = (task.submission, task.request)
    var parts: PackedParts = []
    if submission.idempotencyKey != nil { parts.insert(.idempotencyKey) }
    if submission.webhookURL != nil { parts.insert(.webhookURL) }
    if task.webhook != nil { parts.insert(.webhook) }
    if task.requestID != nil { parts.insert(.requestID) }
    if task.life.startedAt != nil { parts.insert(.startedAt) }
    if task.expiry != nil { parts.insert(.expiry) }
    switch end.outcome {
    case .failed: parts.insert(.failed)
    case .completed(.given, _): parts.insert(.given)
    case .completed(.result, _): break
    }
    if end.run?.stub != nil { parts.insert(.stub) }
    if request.state != nil { parts.insert(.state) }
    if request.location != nil { parts.insert(.location) }
    if request.uule != nil { parts.insert(.uule) }
    if request.hl != nil { parts.insert(.hl) }
    if request.legacy { parts.insert(.legacy) }
    if request.disableWebSearch { parts.insert(.disableWebSearch) }
    self = parts
  }
}

/// A finished task as about a hundred bytes and its question.
///
/// Written are first its identifier, then which parts it has, then its idempotency key, so that it
/// can be found without being read as a whole. What many have in common is in ``PackedShares``.
enum PackedTask {
  /// Writes a task that has ended. Of its last run only the stub is written, for nothing else of it
  /// is asked any more.
  static func write(
    _ task: TaskRecord, _ end: TaskLife.End, to writer: inout PackedWriter,
    sharing shares: inout PackedShares
  ) {
    let (submission, request) = (task.submission, task.request)
    let id = task.id.words
    writer.word(id.high)
    writer.word(id.low)
    writer.number(PackedParts(of: task, end).rawValue)
    if let key = submission.idempotencyKey { writer.text(key) }
    writer.byte(UInt8(request.provider.index))
    writer.byte(caseNumber(task.contract))
    writer.byte(caseNumber(task.style.shapes) << 4 | caseNumber(task.style.variety))
    writer.word(UInt64(bitPattern: task.createdAt.nanoseconds))
    writer.word(task.seed)
    writer.word(task.resultSeed)
    writer.number(task.number)
    writer.number(task.place)
    writer.number(task.before)
    writer.signed(task.timeInSnapshots)
    writer.signed(task.creditsToCharge)
    writer.signed(Int64(submission.priority))
    shares.write(task.key, to: &writer)
    shares.write(task.origin, to: &writer)
    if let url = submission.webhookURL { shares.write(url, to: &writer) }
    if let webhook = task.webhook {
      shares.write(webhook.url, to: &writer)
      // Always as many bytes, because it comes later than the rest.
      writer.word(UInt64(bitPattern: (webhook.deliveredAt?.nanoseconds ?? .min)))
    }
    if let id = task.requestID?.words {
      writer.word(id.high)
      writer.word(id.low)
    }
    if let expiry = task.expiry {
      writer.number(expiry.number)
      writer.signed(expiry.at.nanoseconds &- task.expiresAt.nanoseconds)
    }
    write(request, to: &writer)
    write(task.life, end, since: task.createdAt, to: &writer, sharing: &shares)
  }

  private static func write(_ request: MonitorRequest, to writer: inout PackedWriter) {
    writer.text(request.question)
    writer.text(request.country)
    for text in [request.state, request.location, request.uule, request.hl] {
      if let text { writer.text(text) }
    }
    writer.byte(caseNumber(request.device))
    writer.signed(Int64(request.pages))
    writer.number(UInt64(request.include.rawValue))
  }

  private static func write(
    _ life: TaskLife, _ end: TaskLife.End, since createdAt: Timestamp,
    to writer: inout PackedWriter, sharing shares: inout PackedShares
  ) {
    writer.number(UInt64(life.reads))
    writer.number(UInt64(life.failedAttempts))
    if let startedAt = life.startedAt {
      writer.signed(startedAt.nanoseconds &- createdAt.nanoseconds)
    }
    writer.signed(end.at.nanoseconds &- createdAt.nanoseconds)
    switch end.outcome {
    case .failed(let error): writer.blob(error)
    case .completed(let answer, let charged):
      writer.signed(charged)
      if case .given(let text) = answer { writer.blob(text) }
    }
    if let stub = end.run?.stub { shares.write(stub, to: &writer) }
  }

  private static func caseNumber<Choice: CaseIterable & Equatable>(_ choice: Choice) -> UInt8
  where Choice.AllCases == [Choice] {
    UInt8(Choice.allCases.firstIndex(of: choice)!)
  }

  // MARK: Reading

  static func id(_ reader: inout PackedReader) -> Identifier {
    let high = reader.word()
    return Identifier(words: (high, reader.word()))
  }

  /// Whether it has an idempotency key of these bytes.
  static func hasIdempotencyKey(_ key: [UInt8], _ reader: inout PackedReader) -> Bool {
    _ = id(&reader)
    guard PackedParts(rawValue: reader.number()).contains(.idempotencyKey) else { return false }
    return reader.isText(key)
  }

  static func read(_ reader: inout PackedReader, sharing shares: PackedShares) -> TaskRecord {
    let id = id(&reader)
    let parts = PackedParts(rawValue: reader.number())
    let idempotencyKey = parts.contains(.idempotencyKey) ? reader.text() : nil
    let provider = Provider.allCases[Int(reader.byte())]
    let contract = ContractRevision.allCases[Int(reader.byte())]
    let styles = reader.byte()
    let style = AnswerStyle(
      shapes: AnswerShapes.allCases[Int(styles >> 4)],
      variety: AnswerVariety.allCases[Int(styles & 15)])
    let createdAt = Timestamp(nanoseconds: Int64(bitPattern: reader.word()))
    let (seed, resultSeed) = (reader.word(), reader.word())
    let (number, place, before) = (reader.number(), reader.number(), reader.number())
    let (timeInSnapshots, price) = (reader.signed(), reader.signed())
    let priority = Int(reader.signed())
    let (key, origin) = (shares.text(&reader), shares.text(&reader))
    let webhookURL = parts.contains(.webhookURL) ? shares.text(&reader) : nil
    var webhook: TaskRecord.Webhook?
    if parts.contains(.webhook) {
      let url = shares.text(&reader)
      let deliveredAt = Int64(bitPattern: reader.word())
      webhook = TaskRecord.Webhook(
        url: url, deliveredAt: deliveredAt == .min ? nil : Timestamp(nanoseconds: deliveredAt))
    }
    let requestID = parts.contains(.requestID) ? Self.id(&reader) : nil
    let expiry = parts.contains(.expiry) ? (number: reader.number(), delay: reader.signed()) : nil
    var submission = AsyncTaskRequest(
      request: request(&reader, provider, parts), priority: priority,
      idempotencyKey: idempotencyKey)
    submission.webhookURL = webhookURL
    var task = TaskRecord(
      SubmittedTask(
        id: id, number: number, key: key, submission: submission, createdAt: createdAt, seed: seed,
        resultSeed: resultSeed, origin: origin, creditsToCharge: price, contract: contract,
        style: style), webhook: webhook, requestID: requestID)
    task.place = place
    task.before = before
    task.timeInSnapshots = timeInSnapshots
    task.expiry = expiry.map { [expiresAt = task.expiresAt] in
      MockClock.OwnedTimer(
        at: Timestamp(nanoseconds: expiresAt.nanoseconds &+ $0.delay), number: $0.number)
    }
    task.life = life(&reader, parts, since: createdAt, sharing: shares)
    return task
  }

  private static func request(
    _ reader: inout PackedReader, _ provider: Provider, _ parts: PackedParts
  ) -> MonitorRequest {
    var request = MonitorRequest(provider: provider, question: reader.text())
    request.country = reader.text()
    if parts.contains(.state) { request.state = reader.text() }
    if parts.contains(.location) { request.location = reader.text() }
    if parts.contains(.uule) { request.uule = reader.text() }
    if parts.contains(.hl) { request.hl = reader.text() }
    request.device = MonitorRequest.Device.allCases[Int(reader.byte())]
    request.pages = Int(reader.signed())
    request.include = Include(rawValue: UInt16(truncatingIfNeeded: reader.number()))
    request.legacy = parts.contains(.legacy)
    request.disableWebSearch = parts.contains(.disableWebSearch)
    return request
  }

  private static func life(
    _ reader: inout PackedReader, _ parts: PackedParts, since createdAt: Timestamp,
    sharing shares: PackedShares
  ) -> TaskLife {
    func moment() -> Timestamp {
      Timestamp(nanoseconds: createdAt.nanoseconds &+ reader.signed())
    }
    let (reads, failedAttempts) = (Int(reader.number()), Int(reader.number()))
    let startedAt = parts.contains(.startedAt) ? moment() : nil
    let at = moment()
    let outcome: TaskLife.Outcome
    if parts.contains(.failed) {
      outcome = .failed(reader.blob())
    } else {
      let charged = reader.signed()
      outcome = .completed(
        parts.contains(.given) ? .given(reader.blob()) : .result, charged: charged)
    }
    let run =
      parts.contains(.stub)
      ? TaskLife.Run(slot: .none, stub: shares.stub(&reader), pace: .immediate) : nil
    return TaskLife(
      .ended(TaskLife.End(at: at, outcome: outcome, run: run)), reads: reads,
      startedAt: startedAt, failedAttempts: failedAttempts)
  }
}

/// A task that has ended.
extension TaskRecord: Packable {
  func pack(to writer: inout PackedWriter, sharing shares: inout PackedShares) {
    guard let end = life.end else { preconditionFailure("A task was put away before its end.") }
    PackedTask.write(self, end, to: &writer, sharing: &shares)
  }

  static func unpack(_ reader: inout PackedReader, sharing shares: PackedShares) -> TaskRecord {
    PackedTask.read(&reader, sharing: shares)
  }
}

extension PackedStore<TaskRecord> {
  func id(_ number: UInt32) -> Identifier { read(number) { reader, _ in PackedTask.id(&reader) } }

  func hasIdempotencyKey(_ key: [UInt8], _ number: UInt32) -> Bool {
    read(number) { reader, _ in PackedTask.hasIdempotencyKey(key, &reader) }
  }
}
