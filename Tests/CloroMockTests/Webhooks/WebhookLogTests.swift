import CloroContract
import JSON
import Simulation
import Testing

@testable import CloroMock

@Suite("The log of deliveries")
struct WebhookLogTests {
  private let organizations: [Organization]
  private let renderer = TaskRenderer(library: ResultLibrary())
  private var samples: TaskSamples
  private var random = SeededRandom(seed: 9)

  init() throws {
    samples = try TaskSamples(seed: 8)
    organizations = try (1...2).map { try APIKey.make($0).organization }
  }

  private mutating func draw(_ bound: UInt64) -> UInt64 { random.next() % bound }

  /// A task whose answer needs no template.
  private mutating func task() -> TaskRecord {
    while true {
      let task = samples.next()
      if case .completed(.result, _)? = task.life.end?.outcome { continue }
      return task
    }
  }

  private mutating func attempt(_ number: Int, of task: Identifier) -> WebhookDelivery.Attempt {
    let headers: WebhookHeaders
    switch draw(3) {
    case 0: headers = .unsigned
    case 1:
      headers = .signed(
        WebhookSignature(
          timestamp: Int64(draw(1 << 40)),
          digest: (random.next(), random.next(), random.next(), random.next())))
    default:
      headers = .other([
        ("Content-Type", "application/json"),
        ("X-\(draw(30))", ["", "007", "-1", "v1=", "\(UInt64.max)"][Int(draw(5))]),
      ])
    }
    return WebhookDelivery.Attempt(
      number: number, at: Timestamp(nanoseconds: Int64(draw(1 << 62))), headers: headers,
      isPlanned: draw(2) == 0, status: draw(2) == 0 ? nil : Int(100 + draw(500)),
      error: draw(3) == 0 ? "refused \(draw(40))" : nil)
  }

  /// - Parameter owner: Its organization; nil for either of the two.
  private mutating func delivery(
    _ life: DeliveryLife, of owner: Organization? = nil
  ) -> WebhookDelivery {
    let (task, organization) = (task(), owner ?? organizations[Int(draw(2))])
    var settings = Plan.Webhooks()
    settings.secret = draw(2) == 0 ? nil : "secret \(draw(3))"
    let now = Timestamp(nanoseconds: Int64(draw(1 << 60)))
    let report = WebhookDispatcher.Report(
      ReportContent(of: ReportSource(task, renderer)), of: task, to: "http://127.0.0.1/\(draw(40))",
      settings: settings, organization, weatherSeed: random.next(),
      label: draw(2) == 0 ? nil : "label", at: now)
    var delivery = WebhookDelivery(
      id: draw(4) == 0 ? "own \(draw(50))" : DeliveryLife.id(of: task.id), report: report)
    last += 1
    delivery.number = last
    delivery.attempts = (0..<Int(draw(4))).map { attempt($0 + 1, of: task.id) }
    delivery.life = life
    delivery.delay = draw(2) == 0 ? nil : Int64(draw(1 << 40))
    delivery.wasDelivered = draw(2) == 0
    return delivery
  }

  /// All that can be asked of a delivery.
  private func everything(_ delivery: WebhookDelivery) throws -> String {
    let stored = try #require(StoredDelivery(delivery)).json
    return "\(delivery.number) \(delivery.report.organization.name) "
      + "\(delivery.delay ?? -1) \(String(decoding: stored.encoded, as: UTF8.self))"
  }

  private var over: DeliveryLife {
    mutating get { DeliveryLife(.over(nil), due: draw(2) == 0 ? nil : Timestamp(milliseconds: 5)) }
  }

  @Test("What is over comes back as it was, to the last header")
  mutating func roundTrip() throws {
    var log = WebhookLog(most: 1_000)
    var added: [WebhookDelivery] = []
    for _ in 0..<500 {
      let delivery = delivery(over)
      _ = log.add(delivery)
      added.append(delivery)
    }
    #expect(log.count == 500)
    let all = log.deliveries(of: nil)
    #expect(all.map(\.number) == added.map(\.number))
    for (found, delivery) in zip(all, added) {
      #expect(try everything(found) == everything(delivery))
      #expect(found.report.body == delivery.report.body)
    }
    for organization in organizations {
      let own = added.filter { $0.report.organization === organization && $0.number > 100 }
      let found = log.deliveries(of: organization, after: 100, limit: 7)
      #expect(found.map(\.number) == own.prefix(7).map(\.number))
    }
  }

  @Test("It keeps the newest, and finds the newest of an identifier")
  mutating func newest() throws {
    var log = WebhookLog(most: 20)
    var model: [WebhookDelivery] = []
    for round in 0..<600 {
      switch draw(5) {
      case 0..<3:
        let delivery = delivery(draw(2) == 0 ? over : DeliveryLife())
        let gone = log.add(delivery)
        model.append(delivery)
        lastNumbers[delivery.id] = delivery.number
        let open = model.filter { !$0.life.isOver }
        #expect(gone?.number == (open.count > 20 ? open[0].number : nil))
        if open.count > 20 { model.removeAll { $0.number == open[0].number } }
      case 3:
        // One that is under way or over is sent once more.
        guard let index = model.indices.dropFirst(Int(draw(30))).first else { continue }
        let attempt = attempt(9, of: model[index].report.taskID)
        model[index].attempts.append(attempt)
        log.update(model[index].number) { $0.attempts.append(attempt) }
      default:
        // One ends.
        guard let index = model.firstIndex(where: { !$0.life.isOver }) else { continue }
        var delivery = model[index]
        try delivery.life.begun()
        _ = try delivery.life.delivered()
        log.update(delivery.number) { $0.life = delivery.life }
        model[index] = delivery
        ends.append(delivery.number)
      }
      for delivery in model where delivery.life.isOver && !ends.contains(delivery.number) {
        ends.append(delivery.number)
      }
      while ends.count > 20 {
        let oldest = ends.removeFirst()
        model.removeAll { $0.number == oldest }
      }
      if round % 100 == 99 {
        let organization = organizations[Int(draw(2))]
        _ = log.removeAll(of: organization)
        model.removeAll { $0.report.organization === organization }
        ends.removeAll { number in !model.contains { $0.number == number } }
      }
      #expect(log.count == model.count)
      #expect(
        try log.deliveries(of: nil).map { try everything($0) }
          == model.map { try everything($0) })
      for delivery in model.suffix(3) {
        let isKept = model.contains { $0.number == lastNumbers[delivery.id] }
        #expect(log.number(of: delivery.id) == (isKept ? lastNumbers[delivery.id] : nil))
      }
    }
    for organization in organizations { _ = log.removeAll(of: organization) }
    #expect(log.count == 0 && log.deliveries(of: nil).isEmpty)
  }

  @Test("An organization is let go of with its deliveries, others' beside them or not")
  mutating func letGo() throws {
    var log = WebhookLog(most: 1_000)
    weak var gone: Organization?
    for round in 0..<300 {
      do {
        let organization = try APIKey.make(3).organization
        gone = organization
        _ = log.add(delivery(over, of: organizations[0]))
        _ = log.add(delivery(over, of: organization))
        if round % 2 == 0 { _ = log.add(delivery(DeliveryLife(), of: organization)) }
        _ = log.removeAll(of: organization)
      }
      #expect(gone == nil)
    }
    #expect(log.count == 300)
    #expect(log.deliveries(of: organizations[0]).map(\.id).count == 300)
  }

  @Test("What was dropped with its organization makes no room and isn't counted as dropped")
  mutating func room() throws {
    var log = WebhookLog(most: 20)
    for _ in 0..<100 {
      for _ in 0..<10 { _ = log.add(delivery(over, of: organizations[0])) }
      for _ in 0..<10 { _ = log.add(delivery(over, of: organizations[1])) }
      _ = log.removeAll(of: organizations[0])
      #expect(log.deliveries(of: organizations[0]).isEmpty)
      #expect(log.deliveries(of: organizations[1]).count == 10)
      for _ in 0..<10 { _ = log.add(delivery(over, of: organizations[0])) }
      #expect(log.count == 20 && log.dropped == 0)
      _ = log.removeAll(of: organizations[0])
      _ = log.removeAll(of: organizations[1])
    }
    for _ in 0..<25 { _ = log.add(delivery(over, of: organizations[1])) }
    #expect(log.count == 20 && log.dropped == 5)
  }

  private var last: UInt64 = 0
  /// The number of the last delivery that was added with an identifier.
  private var lastNumbers: [String: UInt64] = [:]
  /// The numbers of those that are over, in the order of their ends.
  private var ends: [UInt64] = []
}
