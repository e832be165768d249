import CloroMock
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Takes the place of the reader's own client in the articles' examples.
struct Client {
  struct Answer {
    let status: Int
    let headers: [String: String]
    let body: JSON
  }

  let baseURL: String
  let key: String
  /// Header fields that each request has beside its key.
  var headers: [String: String] = [:]

  /// Asks a provider.
  func ask(
    _ question: String, _ provider: Provider = .chatgpt, include: JSON = [:]
  ) async throws -> Answer {
    let name = provider == .google || provider == .googleNews ? "query" : "prompt"
    return try await post(
      "/v1/monitor/\(provider.rawValue)",
      .object([name: .string(question), "country": "US", "include": include]))
  }

  /// Submits a task.
  func submit(_ question: String, webhook: String? = nil) async throws -> Answer {
    var body: JSONObject = [
      "taskType": "GROK", "payload": ["prompt": .string(question), "country": "US"],
    ]
    if let webhook { body.append("webhook", ["url": .string(webhook)]) }
    return try await post("/v1/async/task", .object(body))
  }

  func post(_ path: String, _ body: JSON) async throws -> Answer {
    try await send("POST", path, body.encoded)
  }

  func get(_ path: String) async throws -> Answer { try await send("GET", path, nil) }

  private func send(_ method: String, _ path: String, _ body: [UInt8]?) async throws -> Answer {
    var request = URLRequest(url: URL(string: baseURL + path)!)
    request.httpMethod = method
    request.httpBody = body.map { Data($0) }
    request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let session = URLSession(configuration: .ephemeral)
    defer { session.finishTasksAndInvalidate() }
    let (data, response) = try await session.data(for: request)
    let http = response as! HTTPURLResponse
    var headers: [String: String] = [:]
    for (name, value) in http.allHeaderFields { headers["\(name)".lowercased()] = "\(value)" }
    return Answer(status: http.statusCode, headers: headers, body: try JSON(parsing: data))
  }
}
