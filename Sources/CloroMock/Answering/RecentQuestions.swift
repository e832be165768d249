import CloroContract
import HTTPServer
import JSON
import Simulation

/// A monitor's question. A class, because it is passed on often and never changes.
final class Question: Sendable {
  let request: MonitorRequest
  /// What the journal notes about its body, such as members that were ignored.
  let notes: [String]
  /// The same in this process for the same question to the same provider, with the same members.
  let number: Int

  init(_ request: MonitorRequest, notes: [String] = []) {
    self.request = request
    number = request.hashValue
    self.notes = notes
  }
}

/// Recently parsed questions by the bytes of their bodies. Clients under load ask few different
/// questions, and the same bytes mean the same to the same endpoint. Used by one event loop only.
final class RecentQuestions {
  private final class Known: Sendable {
    let body: [UInt8]
    let revision: ContractRevision
    let question: Question

    init(body: [UInt8], revision: ContractRevision, question: Question) {
      self.body = body
      self.revision = revision
      self.question = question
    }
  }

  /// The result of reading a body.
  enum Reading {
    case question(Question)
    /// Carries the failing fields, and what the journal notes.
    case invalid([FieldIssue], notes: [String])
  }

  /// The largest body that is stored, in bytes.
  private static let largest = 1024
  @exclusivity(unchecked) private var places = RecentPlaces<Known>()

  /// Reads and checks the body of a monitor's request.
  func read(
    _ body: [UInt8], for provider: Provider, in revision: ContractRevision,
    _ unknownMembers: UnknownMembers
  ) -> Reading {
    guard body.count <= Self.largest else {
      return Self.validate(body, for: provider, in: revision, unknownMembers)
    }
    var hash = StableHash(seed: UInt64(provider.index))
    hash.combine(body)
    if let known = places[hash.value], known.question.request.provider == provider,
      known.revision == revision, known.body.count == body.count, known.body.has(body, at: 0),
      unknownMembers == .ignore || known.question.notes.isEmpty
    {
      return .question(known.question)
    }
    let reading = Self.validate(body, for: provider, in: revision, unknownMembers)
    if case .question(let question) = reading {
      places.offer(hash.value) { Known(body: body, revision: revision, question: question) }
    }
    return reading
  }

  private static func validate(
    _ body: [UInt8], for provider: Provider, in revision: ContractRevision,
    _ unknownMembers: UnknownMembers
  ) -> Reading {
    guard let body = try? JSON(parsing: body) else {
      return .invalid(MonitorRequest.notJSON(in: revision), notes: [])
    }
    var ignored = IgnoredMembers()
    let validated = MonitorRequest.validate(
      body, for: provider, in: revision, unknownMembers: unknownMembers, ignored: &ignored)
    switch validated {
    case .valid(let request): return .question(Question(request, notes: ignored.notes))
    case .invalid(let issues): return .invalid(issues, notes: ignored.notes)
    }
  }
}
