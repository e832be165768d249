import JSON
import Simulation

/// Everything about one kind of fault: its name, its members, where it strikes, and its effect.
struct FaultKindRow: Sendable {
  /// The members of all kinds; each kind has some of them.
  struct Members: Sendable {
    var status = StatusMembers()
    var when: FaultKind.ResetTime?
    var latency: String?
    var bytes: Int?
    var duration: String?
    var chunks: Int?
    var code: String?
    var message: String?
    var seconds: Int?
  }

  let name: String
  /// Where the kind strikes by default; see ``FaultKind/point``.
  let point: FaultKind.Point
  /// Its members apart from `kind`, in the order in which they are written.
  let members: [ObjectMember<Members>]
  /// The required member; nil when all have defaults.
  let required: String?
  private let make: @Sendable (Members, ObjectPlace) -> FaultKind.Effect?

  private init(
    _ name: String, at point: FaultKind.Point, _ members: [ObjectMember<Members>] = [],
    required: String? = nil, make: @escaping @Sendable (Members, ObjectPlace) -> FaultKind.Effect?
  ) {
    self.name = name
    self.point = point
    self.members = members
    self.required = required
    self.make = make
  }

  private init(_ name: String, at point: FaultKind.Point, _ effect: FaultKind.Effect) {
    self.init(name, at: point) { _, _ in effect }
  }

  /// The effect; nil when the members are invalid, which is noted.
  func effect(of members: Members, at place: ObjectPlace) -> FaultKind.Effect? {
    make(self.members.check(members, at: place, into: Members()), place)
  }

  /// Reads the kind's name; an unknown one is noted.
  static func read(_ reader: inout ObjectReader) -> FaultKindRow? {
    reader.require("kind")
    guard let name = reader.string("kind") else { return nil }
    if let row = all.first(where: { $0.name == name }) { return row }
    let names = all.map(\.name)
    let hint = ObjectReader.hint(name, names)
    reader.fail(
      "kind",
      "\"\(ShownText.value(name))\" is unknown\(hint); allowed: \(names.joined(separator: ", "))")
    return nil
  }

  /// Reads the members; problems are noted.
  func readEffect(_ reader: inout ObjectReader) -> FaultKind.Effect? {
    if let required { reader.require(required) }
    var given = Members()
    members.read(&reader, into: &given)
    return make(given, reader.place)
  }
}

// MARK: The kinds

extension FaultKindRow {
  /// All kinds.
  static let all = [
    status, latency, hold, connectionReset, emptyResponse, randomDataThenClose, malformedResponse,
    truncateBody, slowBody, taskFailure, webhookDrop, webhookDuplicate, webhookReorder,
    webhookBadSignature, webhookStaleTimestamp,
  ]

  static let status = FaultKindRow(
    "status", at: .admission, StatusMembers.members.map { $0.within(\.status) },
    required: "status"
  ) { members, place in members.status.effect(at: place) }

  static let latency = FaultKindRow(
    "latency", at: .latency, [.latency("latency", \.latency)], required: "latency"
  ) { members, _ in
    members.latency.flatMap { LatencyDistribution($0) }.map { .latency($0) }
  }

  static let hold = FaultKindRow("hold", at: .hold, .hold)

  static let connectionReset = FaultKindRow(
    "connection_reset", at: .admission, [.choice("when", \.when)]
  ) { members, _ in .connectionReset(members.when ?? .before) }

  static let emptyResponse = FaultKindRow("empty_response", at: .admission, .emptyResponse)

  static let randomDataThenClose = FaultKindRow(
    "random_data_then_close", at: .admission, .randomDataThenClose)

  static let malformedResponse = FaultKindRow(
    "malformed_response", at: .delivery, .malformedResponse)

  static let truncateBody = FaultKindRow(
    "truncate_body", at: .delivery, [.integer("bytes", \.bytes, in: 0...1_000_000_000)]
  ) { members, _ in .truncateBody(bytes: members.bytes ?? 20) }

  static let slowBody = FaultKindRow(
    "slow_body", at: .delivery,
    [.latency("duration", \.duration), .integer("chunks", \.chunks, in: 1...1000)]
  ) { members, _ in
    .slowBody(
      duration: members.duration.flatMap { LatencyDistribution($0) } ?? .constant(1_000_000_000),
      chunks: members.chunks ?? 5)
  }

  static let taskFailure = FaultKindRow(
    "task_failure", at: .taskEnd, [.text("code", \.code), .text("message", \.message)]
  ) { members, _ in
    .taskFailure(
      code: members.code ?? "INTERNAL_SERVER_ERROR",
      message: members.message ?? "Task failed after max retries")
  }

  static let webhookDrop = FaultKindRow("webhook_drop", at: .webhookPassage, .webhookDrop)

  static let webhookDuplicate = FaultKindRow(
    "webhook_duplicate", at: .webhookPassage, .webhookDuplicate)

  static let webhookReorder = FaultKindRow("webhook_reorder", at: .webhookPassage, .webhookReorder)

  static let webhookBadSignature = FaultKindRow(
    "webhook_bad_signature", at: .webhookSignature, .webhookBadSignature)

  static let webhookStaleTimestamp = FaultKindRow(
    "webhook_stale_timestamp", at: .webhookSignature,
    [.integer("seconds", \.seconds, in: 1...1_000_000_000)]
  ) { members, _ in .webhookStaleTimestamp(seconds: Int64(members.seconds ?? 600)) }
}
