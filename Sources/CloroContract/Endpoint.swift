/// One operation of the API. Each has a rate-limit bucket of its own per API key.
public struct Endpoint: Sendable, Hashable {
  /// What an operation does.
  public enum Kind: Sendable, Hashable {
    case monitor(Provider)
    /// Resolves a redirect link of Google's: free, and without a slot.
    case goto
    case countries
    case states
    case createTask
    case createBatch
    case task
    case asyncStatus
    case clearQueue
    case credits
    /// Any path or method below `/v1` that is none of the above. One bucket for all of them, so that
    /// random paths can't grow memory.
    case unknown
  }

  /// The position in ``all``.
  public let index: Int
  /// The request method, in capitals.
  public let method: String
  /// The path; a segment in braces stands for any one.
  public let path: String
  public let kind: Kind

  /// Whether a revision has the operation. Clearing the queue and reading the credits came later
  /// too, but the double has them in both. [contract: async tasks]
  let isServed: ByRevision<Bool>

  /// Every operation, the unknown one last.
  public static let all: [Endpoint] = {
    let always = ByRevision(true)
    var rows: [(String, String, Kind, ByRevision<Bool>)] = Provider.allCases.map {
      ("POST", $0.path, .monitor($0), always)
    }
    rows += [
      ("POST", "/v1/monitor/google/goto", .goto, ByRevision(july: false, october: true)),
      ("GET", "/v1/countries", .countries, always),
      ("GET", "/v1/states", .states, always),
      ("POST", "/v1/async/task", .createTask, always),
      ("POST", "/v1/async/task/batch", .createBatch, always),
      ("GET", "/v1/async/task/{taskId}", .task, always),
      ("GET", "/v1/async/status", .asyncStatus, always),
      ("DELETE", "/v1/async/queue", .clearQueue, always),
      ("GET", "/v1/credits", .credits, always),
      ("*", "/v1/*", .unknown, always),
    ]
    return rows.enumerated().map { index, row in
      Endpoint(index: index, method: row.0, path: row.1, kind: row.2, isServed: row.3)
    }
  }()

  /// The operation that stands for unknown routes.
  public static let unknown = all[all.count - 1]

  private static let taskPrefix = "/v1/async/task/"

  /// The identifier that a task's path names.
  public static func taskID(in path: String) -> String { String(path.dropFirst(taskPrefix.count)) }

  private static let known = all.dropLast()

  /// What a request is for.
  public enum Match: Sendable, Equatable {
    case endpoint(Endpoint)
    /// The path is known, with these methods only.
    case otherMethod(allowed: [String])
    case none
  }

  /// Finds the operation of a request. `HEAD` counts as `GET`.
  public static func match(
    method: String, path: String, in revision: ContractRevision
  ) -> Match {
    let method = method == "HEAD" ? "GET" : method
    // To compare a few paths takes less than to hash one.
    for endpoint in known
    where endpoint.path == path && endpoint.method == method && endpoint.isServed[revision] {
      return .endpoint(endpoint)
    }
    // A task's path is the only one with a segment of its own.
    let isTask =
      path.hasPrefix(taskPrefix) && path.utf8.count > taskPrefix.utf8.count
      && !path.utf8.dropFirst(taskPrefix.utf8.count).contains(UInt8(ascii: "/"))
    let candidates = known.filter {
      $0.isServed[revision] && ($0.path == path || isTask && $0.kind == .task)
    }
    guard !candidates.isEmpty else { return .none }
    if let endpoint = candidates.first(where: { $0.method == method }) {
      return .endpoint(endpoint)
    }
    return .otherMethod(allowed: candidates.map(\.method))
  }
}
