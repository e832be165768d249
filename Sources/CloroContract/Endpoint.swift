/// One operation of the API. Each has its own rate-limit bucket per API key.
public struct Endpoint: Sendable, Hashable {
  /// What an operation does.
  public enum Kind: Sendable, Hashable {
    case monitor(Provider)
    /// Resolves a redirect link of Google's: free of charge, and without a slot.
    case goto
    case countries
    case states
    case createTask
    case createBatch
    case task
    case asyncStatus
    case clearQueue
    case credits
    /// Any other path or method below `/v1`. They share one bucket, so that random paths can't use
    /// up memory.
    case unknown
  }

  /// The position in ``all``.
  public let index: Int
  /// The request method, in capitals.
  public let method: String
  /// The path; a segment in braces stands for any segment.
  public let path: String
  public let kind: Kind

  private typealias Row = (method: String, path: String, kind: Kind, isServed: ByRevision<Bool>)

  /// The operations and the revisions that have them; the unknown one comes last. Clearing the
  /// queue and reading the credits were published later, but the double offers them in both
  /// revisions. [contract: async tasks]
  private static let rows: [Row] = {
    let always = ByRevision(true)
    return Provider.allCases.map { ("POST", $0.path, .monitor($0), always) } + [
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
  }()

  /// Every operation; the unknown one comes last.
  public static let all: [Endpoint] = rows.enumerated().map { index, row in
    Endpoint(index: index, method: row.method, path: row.path, kind: row.kind)
  }

  /// Whether a revision has the operation.
  func isServed(in revision: ContractRevision) -> Bool {
    // Not stored: an endpoint is copied several times for each request.
    Self.rows[index].isServed[revision]
  }

  /// The operation that stands for unknown routes.
  public static let unknown = all[all.count - 1]

  private static let taskPrefix = "/v1/async/task/"

  /// The task identifier in a task's path.
  public static func taskID(in path: String) -> String { String(path.dropFirst(taskPrefix.count)) }

  private static let known = all.dropLast()

  /// The operation that a request asks for.
  public enum Match: Sendable, Equatable {
    case endpoint(Endpoint)
    /// The path is known, but only with these methods.
    case otherMethod(allowed: [String])
    case none
  }

  /// Finds the operation of a request. `HEAD` counts as `GET`.
  public static func match(
    method: String, path: String, in revision: ContractRevision
  ) -> Match {
    let method = method == "HEAD" ? "GET" : method
    // Comparing a few paths takes less time than hashing one.
    for endpoint in known
    where endpoint.path == path && endpoint.method == method && endpoint.isServed(in: revision) {
      return .endpoint(endpoint)
    }
    // Only a task's path has a variable segment, which doesn't stand for what is a path itself.
    let isTask =
      path.hasPrefix(taskPrefix) && path.utf8.count > taskPrefix.utf8.count
      && !path.utf8.dropFirst(taskPrefix.utf8.count).contains(UInt8(ascii: "/"))
    let served = known.filter { $0.isServed(in: revision) }
    var candidates = served.filter { $0.path == path }
    if candidates.isEmpty, isTask { candidates = served.filter { $0.kind == .task } }
    guard !candidates.isEmpty else { return .none }
    if let endpoint = candidates.first(where: { $0.method == method }) {
      return .endpoint(endpoint)
    }
    return .otherMethod(allowed: candidates.map(\.method))
  }
}
