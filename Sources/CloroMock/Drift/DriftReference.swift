import CloroContract
import JSON
import Logging

/// A double in this process, which is asked the same as the service: so no rule is written down
/// twice.
struct DriftReference {
  private let mock: MockServer
  private let client: UpstreamClient
  private var key = ""
  /// Keys of other organizations, whose reports have further forms: one of the free plan, and one
  /// with queued tasks.
  private var others: [String] = []

  /// - Parameters:
  ///   - revision: The contract of its keys.
  ///   - strangers: The contract in which it refuses those who have none.
  init(
    _ revision: ContractRevision, strangers: ContractRevision
  ) throws(DriftFailure) {
    var configuration = MockConfiguration()
    configuration.contract = strangers
    configuration.logger = Logger(label: "cloro-mock") { _ in SwiftLogNoOpLogHandler() }
    do {
      mock = try MockServer(configuration)
      client = UpstreamClient(base: try mock.start())
    } catch {
      throw DriftFailure(reason: "the double to compare with doesn't start: \(error)")
    }
    let contract = JSON.string(revision.rawValue)
    key = try mint(["contract": contract])
    let free = try mint(["plan": "free", "contract": contract])
    let busy = try mint(
      ["progression": ["mode": "hold"], "concurrency": 1, "contract": contract])
    for priority in 1...3 {
      let task: JSON = [
        "taskType": "GOOGLE", "payload": ["query": "boots", "country": "US"],
        "priority": JSON(priority),
      ]
      _ = try send("POST", "/v1/async/task", task.encoded, key: busy)
    }
    others = [free, busy]
  }

  private func mint(_ settings: JSON) throws(DriftFailure) -> String {
    let answer = try send("POST", "/_mock/keys", settings.encoded, key: nil)
    guard let key = (try? JSON(parsing: answer.body))?["key"]?.string else {
      throw DriftFailure(reason: "the double to compare with mints no key")
    }
    return key
  }

  private func send(
    _ method: String, _ path: String, _ body: [UInt8]?, key: String?
  ) throws(DriftFailure) -> UpstreamClient.Answer {
    do throws(UpstreamClient.Failure) {
      let headers = key.map { ["Authorization: Bearer \($0)"] } ?? []
      return try client.send(method, path, headers: headers, body: body)
    } catch {
      throw DriftFailure(reason: "the double to compare with doesn't answer: \(error.reason)")
    }
  }

  /// What the double answers to a probe.
  func answer(to probe: DriftProbe) throws(DriftFailure) -> UpstreamClient.Answer {
    let key: String? =
      switch probe.authorization {
      case .own: self.key
      case .none: nil
      case .other(let key): key
      }
    return try send(probe.method, probe.path, probe.body, key: key)
  }

  /// What it answers to another request of its own key.
  func answer(
    _ method: String, _ path: String, _ body: [UInt8]? = nil
  ) throws(DriftFailure) -> UpstreamClient.Answer {
    try send(method, path, body, key: key)
  }

  /// The answers to the same request of organizations that are in other states.
  func otherAnswers(to probe: DriftProbe) throws(DriftFailure) -> [UpstreamClient.Answer] {
    var answers: [UpstreamClient.Answer] = []
    for key in others { answers.append(try send(probe.method, probe.path, probe.body, key: key)) }
    return answers
  }

  func stop() { mock.stopAndWait(within: 0) }
}
