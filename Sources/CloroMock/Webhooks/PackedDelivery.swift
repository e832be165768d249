import JSON
import Simulation

/// What several packed deliveries share. A pure value.
struct DeliveryShares: PackedSharing {
  /// What the deliveries of an organization mostly have in common.
  struct Context: Sendable {
    let organization: Organization
    let settings: Plan.Webhooks
    let label: String?
    let renderer: TaskRenderer

    func isSame(as other: Context) -> Bool {
      organization === other.organization && renderer.library === other.renderer.library
        && settings == other.settings && label.hasSameBytes(as: other.label)
    }
  }

  var tasks = PackedShares()
  /// nil in the place of one that was forgotten, so that the others keep theirs.
  private var contexts: [Context?] = []

  mutating func write(_ context: Context, to writer: inout PackedWriter) {
    let place = contexts.lastIndex { $0?.isSame(as: context) ?? false } ?? contexts.count
    if place == contexts.count { contexts.append(context) }
    writer.number(UInt64(place))
  }

  func context(_ reader: inout PackedReader) -> Context {
    guard let context = contexts[Int(reader.number())] else {
      preconditionFailure("A delivery was kept longer than its organization.")
    }
    return context
  }

  /// Whether deliveries of an organization are, or have been, among those that share this.
  func concern(_ organization: Organization) -> Bool {
    contexts.contains { $0?.organization === organization }
  }

  /// Lets go of an organization of which no delivery is left.
  mutating func forget(_ organization: Organization) {
    for place in contexts.indices where contexts[place]?.organization === organization {
      contexts[place] = nil
    }
  }
}

/// A delivery that is over, with its source: some tens of bytes, and its task.
///
/// Written are first its number, its organization and its identifier, so that it can be found by
/// them without being read as a whole.
extension WebhookDelivery: Packable {
  /// Whether it can be packed: nothing of it is under way, and its text can be made again, which is
  /// so for none that another process has begun.
  var isPackable: Bool {
    life.phase == .over(nil) && report.content.source?.task.life.end != nil && lostNumber == nil
  }

  func pack(to writer: inout PackedWriter, sharing shares: inout DeliveryShares) {
    guard isPackable, let source = report.content.source, let end = source.task.life.end else {
      preconditionFailure("A delivery was put away before its end.")
    }
    let task = source.task
    writer.number(number)
    shares.write(
      DeliveryShares.Context(
        organization: report.organization, settings: report.settings,
        label: report.subject.label, renderer: source.renderer),
      to: &writer)
    writer.text(id.hasSameBytes(as: DeliveryLife.id(of: task.id)) ? "" : id)
    PackedTask.write(task, end, to: &writer, sharing: &shares.tasks)
    shares.tasks.write(report.url, to: &writer)
    writer.word(report.weatherSeed)
    let began = task.createdAt.nanoseconds
    writer.signed(report.subject.now.nanoseconds &- began)
    writer.byte((wasDelivered ? 1 : 0) | (life.due == nil ? 0 : 2) | (delay == nil ? 0 : 4))
    if let due = life.due { writer.signed(due.nanoseconds &- began) }
    if let delay { writer.signed(delay) }
    writer.number(UInt64(attempts.count))
    for attempt in attempts {
      attempt.pack(to: &writer, since: began, sharing: &shares.tasks)
    }
  }

  static func unpack(
    _ reader: inout PackedReader, sharing shares: DeliveryShares
  ) -> WebhookDelivery {
    let number = reader.number()
    let context = shares.context(&reader)
    let ownID = reader.text()
    let task = PackedTask.read(&reader, sharing: shares.tasks)
    let url = shares.tasks.text(&reader)
    let weatherSeed = reader.word()
    let began = task.createdAt.nanoseconds
    func moment() -> Timestamp { Timestamp(nanoseconds: began &+ reader.signed()) }
    let now = moment()
    let parts = reader.byte()
    let due = parts & 2 == 0 ? nil : moment()
    let delay = parts & 4 == 0 ? nil : reader.signed()
    let source = ReportSource(task, context.renderer)
    var delivery = WebhookDelivery(
      id: ownID.isEmpty ? DeliveryLife.id(of: task.id) : ownID,
      report: WebhookDispatcher.Report(
        ReportContent(unmade: source), of: task, to: url, settings: context.settings,
        context.organization, weatherSeed: weatherSeed, label: context.label, at: now))
    delivery.number = number
    delivery.life = DeliveryLife(.over(nil), due: due)
    delivery.delay = delay
    delivery.wasDelivered = parts & 1 != 0
    delivery.attempts = (0..<reader.number()).map { _ in
      Attempt.unpack(&reader, since: began, sharing: shares.tasks)
    }
    return delivery
  }
}

extension PackedStore<WebhookDelivery> {
  func delivery(_ number: UInt32) -> UInt64 { read(number) { reader, _ in reader.number() } }

  func headline(
    _ number: UInt32
  ) -> (number: UInt64, organization: Organization, id: String) {
    read(number) { reader, shares in
      let number = reader.number()
      let organization = shares.context(&reader).organization
      let ownID = reader.text()
      let id = ownID.isEmpty ? DeliveryLife.id(of: PackedTask.id(&reader)) : ownID
      return (number, organization, id)
    }
  }
}

extension WebhookDelivery.Attempt {
  /// - Parameter began: The time is written as a distance from it, in nanoseconds since the epoch.
  fileprivate func pack(
    to writer: inout PackedWriter, since began: Int64, sharing shares: inout PackedShares
  ) {
    writer.number(UInt64(number))
    writer.signed(at.nanoseconds &- began)
    writer.byte((isPlanned ? 1 : 0) | (error == nil ? 0 : 2))
    writer.signed(Int64(status ?? -1))
    if let error { shares.write(error, to: &writer) }
    headers.pack(to: &writer, sharing: &shares)
  }

  fileprivate static func unpack(
    _ reader: inout PackedReader, since began: Int64, sharing shares: PackedShares
  ) -> WebhookDelivery.Attempt {
    let number = Int(reader.number())
    let at = Timestamp(nanoseconds: began &+ reader.signed())
    let parts = reader.byte()
    let status = Int(reader.signed())
    let error = parts & 2 == 0 ? nil : shares.text(&reader)
    let headers = WebhookHeaders.unpack(&reader, sharing: shares)
    return WebhookDelivery.Attempt(
      number: number, at: at, headers: headers, isPlanned: parts & 1 != 0,
      status: status < 0 ? nil : status, error: error)
  }
}
