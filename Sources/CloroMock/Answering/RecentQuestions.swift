import CloroContract
import JSON

/// Monitors' questions that were read lately, by the bytes that they came in: clients under load ask few
/// questions many times, and the same bytes mean the same to the same endpoint.
final class RecentQuestions: Sendable {
  private final class Question: Sendable {
    let body: [UInt8]
    let revision: ContractRevision
    let request: MonitorRequest

    init(body: [UInt8], revision: ContractRevision, request: MonitorRequest) {
      self.body = body
      self.revision = revision
      self.request = request
    }
  }

  /// The largest body that is kept, in bytes.
  private static let largest = 1024
  private let places = RecentPlaces<Question>()

  /// Reads and checks the body of a monitor's request.
  func read(
    _ body: [UInt8], for provider: Provider, in revision: ContractRevision
  ) -> MonitorRequest.Validated {
    guard body.count <= Self.largest else {
      return Self.validate(body, for: provider, in: revision)
    }
    var hash = StableHash(seed: UInt64(provider.index))
    hash.combine(body)
    if let known = places[hash.value], known.request.provider == provider,
      known.revision == revision, known.body == body
    {
      return .valid(known.request)
    }
    let validated = Self.validate(body, for: provider, in: revision)
    if case .valid(let request) = validated {
      places[hash.value] = Question(body: body, revision: revision, request: request)
    }
    return validated
  }

  private static func validate(
    _ body: [UInt8], for provider: Provider, in revision: ContractRevision
  ) -> MonitorRequest.Validated {
    guard let body = try? JSON(parsing: body) else {
      return .invalid(MonitorRequest.notJSON(in: revision))
    }
    return MonitorRequest.validate(body, for: provider, in: revision)
  }
}
