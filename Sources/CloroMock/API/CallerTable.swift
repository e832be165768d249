import CloroContract
import HTTPServer

/// The key that a request's head names, and the route that it asks for.
final class Caller {
  /// The route of a request in a revision of the contract.
  final class Route {
    let match: Endpoint.Match
    /// The operation, or the one for unknown routes.
    let endpoint: Endpoint

    init(_ method: HTTPMethod, _ path: String, in revision: ContractRevision) {
      match = Endpoint.match(method: method.rawValue, path: path, in: revision)
      endpoint = if case .endpoint(let endpoint) = match { endpoint } else { Endpoint.unknown }
    }
  }

  let key: APIKey
  fileprivate let head: RequestHead
  /// What the head's own header asks for; nil when there is none.
  let override: RequestOverride.Reading?
  private let contract: ContractRevision
  private let route: Route

  fileprivate init(_ key: APIKey, _ head: RequestHead, allowsOverrides: Bool) {
    override = head.fields[RequestOverride.field].map {
      RequestOverride.reading($0, isAllowed: allowsOverrides)
    }
    self.key = key
    self.head = head
    contract = key.organization.settings.contract
    route = Route(head.method, head.path, in: contract)
  }

  /// The route in the revision that applies now.
  func route(in revision: ContractRevision) -> Route {
    revision == contract ? route : Route(head.method, head.path, in: revision)
  }
}

/// The callers of one event loop's requests. A client on a kept-alive connection mostly sends the
/// same head again, and the server then passes the same head object, so a caller is looked up once
/// for all requests with the same head.
final class CallerTable {
  /// Why a request has no valid key.
  struct Unauthenticated: Error {
    let error: APIError
    /// The key, when it is known but revoked.
    var key: APIKey?

    var reason: JournalReason { JournalReason(key == nil ? .error(error) : .keyRevoked) }
  }

  /// The largest head that is stored, in bytes.
  private static let largestHead = 4 * 1024

  private let organizations: OrganizationDirectory
  @exclusivity(unchecked) private var callers = RecentPlaces<Caller>(count: 2048)
  /// See ``OrganizationDirectory/version``; the callers were looked up in it.
  @exclusivity(unchecked) private var version: UInt64 = 0

  private let allowsOverrides: Bool

  /// - Parameter allowsOverrides: Whether requests may ask for faults by their headers.
  init(_ organizations: OrganizationDirectory, allowsOverrides: Bool) {
    self.organizations = organizations
    self.allowsOverrides = allowsOverrides
  }

  /// The key of the `Authorization` field, and the route. [contract: order of admission, 1]
  func caller(of head: RequestHead) -> Result<Caller, Unauthenticated> {
    let place = UInt64(UInt(bitPattern: ObjectIdentifier(head)) >> 5)
    // The version is read before the key is looked up. If keys change meanwhile, the next request
    // looks it up again.
    let version = organizations.version
    if version != self.version {
      // All at once, because they hold organizations that may be gone.
      callers.removeAll()
      self.version = version
    }
    if let known = callers[place], known.head === head, !known.key.isRevoked {
      return .success(known)
    }
    guard head.path.hasPrefix("/v1/") || head.path == "/v1" else {
      return .failure(Unauthenticated(error: .routeNotFound(head.path)))
    }
    return authenticate(head.fields).map { key in
      let caller = Caller(key, head, allowsOverrides: allowsOverrides)
      if head.byteCount <= Self.largestHead { callers[place] = caller }
      return caller
    }
  }

  private func authenticate(_ fields: HTTPFields) -> Result<APIKey, Unauthenticated> {
    let token = fields.value(of: "Authorization", after: "Bearer ")
    guard let token else { return .failure(Unauthenticated(error: .missingAPIKey)) }
    guard let key = organizations.key(token) else {
      let error =
        APIKeyFormat.isValid(token) ? APIError.invalidOrExpiredAPIKey : .invalidAPIKeyFormat
      return .failure(Unauthenticated(error: error))
    }
    return key.isRevoked
      ? .failure(Unauthenticated(error: .invalidOrExpiredAPIKey, key: key))
      : .success(key)
  }
}
