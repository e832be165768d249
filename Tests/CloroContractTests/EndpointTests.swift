import Testing

@testable import CloroContract

@Suite("Endpoints")
struct EndpointTests {
  static let known: [(String, String, Endpoint.Kind)] = [
    ("POST", "/v1/monitor/chatgpt", .monitor(.chatgpt)),
    ("POST", "/v1/monitor/gemini", .monitor(.gemini)),
    ("POST", "/v1/monitor/grok", .monitor(.grok)),
    ("POST", "/v1/monitor/google", .monitor(.google)),
    ("POST", "/v1/monitor/google/news", .monitor(.googleNews)),
    ("POST", "/v1/monitor/copilot", .monitor(.copilot)),
    ("POST", "/v1/monitor/perplexity", .monitor(.perplexity)),
    ("POST", "/v1/monitor/aimode", .monitor(.aimode)), ("GET", "/v1/countries", .countries),
    ("GET", "/v1/states", .states), ("GET", "/v1/async/status", .asyncStatus),
    ("GET", "/v1/credits", .credits), ("POST", "/v1/async/task", .createTask),
    ("POST", "/v1/async/task/batch", .createBatch), ("DELETE", "/v1/async/queue", .clearQueue),
  ]

  @Test("A task's path names it, whatever the segment; its bucket is one")
  func task() {
    for id in ["batches", "70d06352-a568-4094-99c5-cdae8bb828b6", "%20"] {
      guard
        case .endpoint(let endpoint) = Endpoint.match(
          method: "GET", path: "/v1/async/task/" + id, in: .july2026)
      else {
        Issue.record("not found")
        continue
      }
      #expect(endpoint.kind == .task && Endpoint.taskID(in: "/v1/async/task/" + id) == id)
    }
    #expect(Endpoint.match(method: "GET", path: "/v1/async/task/", in: .july2026) == .none)
    #expect(Endpoint.match(method: "GET", path: "/v1/async/task/a/b", in: .july2026) == .none)
  }

  @Test("Resolving a link came with 2026-10")
  func goto() {
    let path = "/v1/monitor/google/goto"
    #expect(Endpoint.match(method: "POST", path: path, in: .july2026) == .none)
    #expect(Endpoint.match(method: "POST", path: path, in: .october2026) != .none)
  }

  @Test("Each operation is found by method and path", arguments: known)
  func match(row: (String, String, Endpoint.Kind)) throws {
    let (method, path, kind) = row
    guard case .endpoint(let endpoint) = Endpoint.match(method: method, path: path, in: .july2026)
    else {
      Issue.record("not found")
      return
    }
    #expect(endpoint.kind == kind && endpoint.path == path && endpoint.method == method)
    #expect(Endpoint.all[endpoint.index] == endpoint)
  }

  @Test("HEAD counts as GET, in the same bucket")
  func head() {
    for path in ["/v1/countries", "/v1/states", "/v1/credits", "/v1/async/status"] {
      #expect(
        Endpoint.match(method: "HEAD", path: path, in: .july2026)
          == Endpoint.match(method: "GET", path: path, in: .july2026))
    }
  }

  @Test(
    "A known path with another method names the methods that it has",
    arguments: [
      ("GET", "/v1/monitor/chatgpt", "POST"), ("HEAD", "/v1/monitor/google/news", "POST"),
      ("post", "/v1/monitor/grok", "POST"), ("DELETE", "/v1/credits", "GET"),
      ("OPTIONS", "/v1/states", "GET"), ("GET", "/v1/async/task/batch", "POST"),
      ("HEAD", "/v1/async/task/batch", "POST"), ("POST", "/v1/async/task/x", "GET"),
    ])
  func otherMethod(method: String, path: String, allowed: String) {
    #expect(
      Endpoint.match(method: method, path: path, in: .july2026) == .otherMethod(allowed: [allowed]))
  }

  @Test(
    "Any other path is unknown",
    arguments: [
      "/v1", "/v1/", "/v1/monitor", "/v1/monitor/", "/v1/monitor/chatgpt/", "/v1/monitor/ChatGPT",
      "/v1//credits", "/V1/credits", "/v1/monitor/google/news/x", "/v1/*", "", "/",
    ])
  func unknown(path: String) {
    #expect(Endpoint.match(method: "POST", path: path, in: .july2026) == .none)
    #expect(Endpoint.match(method: "*", path: path, in: .july2026) == .none)
  }

  @Test("Each operation has a number of its own, the unknown one the last")
  func indices() {
    #expect(Endpoint.all.map(\.index) == Array(Endpoint.all.indices))
    #expect(Endpoint.unknown.kind == .unknown && Endpoint.unknown.index == Endpoint.all.count - 1)
  }
}
