import CloroContract
import HTTPServer

/// Whom a request's head names and what it asks for: found out once for all requests that have that
/// very head.
final class Caller: Sendable {
  /// Where a request leads in a revision of the contract.
  final class Route: Sendable {
    let match: Endpoint.Match
    /// The operation, or the one that stands for unknown routes.
    let endpoint: Endpoint

    init(_ method: HTTPMethod, _ path: String, in revision: ContractRevision) {
      match = Endpoint.match(method: method.rawValue, path: path, in: revision)
      endpoint = if case .endpoint(let endpoint) = match { endpoint } else { Endpoint.unknown }
    }
  }

  let key: APIKey
  /// See ``OrganizationDirectory/version``.
  fileprivate let version: UInt64
  private let method: HTTPMethod
  private let path: String
  private let contract: ContractRevision
  private let route: Route

  fileprivate init(_ key: APIKey, version: UInt64, _ head: RequestHead) {
    self.key = key
    self.version = version
    (method, path) = (head.method, head.path)
    contract = key.organization.settings.contract
    route = Route(head.method, head.path, in: contract)
  }

  /// Where the request leads in the revision that holds now.
  func route(in revision: ContractRevision) -> Route {
    revision == contract ? route : Route(method, path, in: revision)
  }
}

extension APIHandler {
  /// Why a request belongs to no key.
  struct Unauthenticated: Error {
    let error: APIError
    /// The key, when it is known but revoked.
    var key: APIKey?

    var reason: JournalReason { JournalReason(key == nil ? .error(error) : .keyRevoked) }
  }

  /// The key of the `Authorization` field, and the route. [contract: order of admission, 1]
  func caller(of head: RequestHead) -> Result<Caller, Unauthenticated> {
    // Read before the key is looked up: if keys change meanwhile, the next request looks again.
    let version = organizations.version
    if let known = head.concluded as? Caller, known.version == version, !known.key.isRevoked {
      return .success(known)
    }
    guard head.path.hasPrefix("/v1/") || head.path == "/v1" else {
      return .failure(Unauthenticated(error: .routeNotFound(head.path)))
    }
    return authenticate(head.fields).map { key in
      let caller = Caller(key, version: version, head)
      head.concluded = caller
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
