import CloroContract
import Foundation
import JSON

@testable import CloroMock

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

extension MockConfiguration {
  /// A double with the manual clock and a fixture's plan.
  static func make(
    fixture: String? = nil, plan: String? = nil, contract: ContractRevision? = nil, port: Int = 0
  ) throws -> MockConfiguration {
    var configuration = MockConfiguration()
    configuration.clock = .manual
    (configuration.plan, configuration.contract, configuration.port) = (plan, contract, port)
    if let fixture { try configuration.plans.add([("fixture.json", Array(fixture.utf8))]) }
    return configuration
  }
}

/// An answer as the client receives it.
struct Answer {
  let status: Int
  let fields: [String: String]
  let body: JSON
}

extension MockServer {
  /// Starts a double, passes it with its address to `body`, and stops it.
  static func with<Value>(
    _ configuration: MockConfiguration, _ body: (MockServer) async throws -> Value
  ) async throws -> Value {
    let server = try MockServer(configuration)
    try server.start()
    do {
      let value = try await body(server)
      await server.stop(within: 1)
      return value
    } catch {
      await server.stop(within: 0)
      throw error
    }
  }

  /// Sends a request over a connection of its own; without a key when `key` is nil.
  func send(
    _ method: String, _ path: String, key: String? = PlanCatalogue.defaultKey, body: String? = nil
  ) async throws -> Answer {
    var request = URLRequest(url: URL(string: url + path)!)
    request.httpMethod = method
    if let key { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
    request.httpBody = body.map { Data($0.utf8) }
    let session = URLSession(configuration: .ephemeral)
    defer { session.finishTasksAndInvalidate() }
    let (data, response) = try await session.data(for: request)
    let http = response as! HTTPURLResponse
    var fields: [String: String] = [:]
    for (name, value) in http.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
    return Answer(status: http.statusCode, fields: fields, body: try JSON(parsing: Array(data)))
  }
}
