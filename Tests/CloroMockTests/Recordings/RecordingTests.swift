import CloroContract
import JSON
import Platform
import Simulation
import Testing

@testable import CloroMock

/// The files of recordings: what is written is read again, and what is wrong is named by member.
@Suite struct RecordingTests {
  static let recording = Recording(
    recordedAt: Timestamp(milliseconds: 1_764_000_000_250), contract: .october2026,
    provider: .chatgpt, mode: .sync, path: "/v1/monitor/chatgpt",
    request: ["prompt": "Which brands?", "country": "US"], status: 200,
    headers: RecordedHeaders([("x-credits-charged", "7"), ("CONTENT-TYPE", "application/json")]),
    latencyMs: 12_400, credits: 7, sequence: 1,
    answer: .result(Array(#"{"text":"caf\u00e9","rating": 4.0}"#.utf8)))

  private func problems(_ text: String) -> [String] {
    let problems = JSONProblems()
    let recording = Recording.read(Array(text.utf8), problems: problems)
    #expect((recording == nil) == !problems.list.isEmpty)
    return problems.list.map(\.description)
  }

  private func text(_ change: (inout JSONObject) -> Void) -> String {
    guard var object = (try? JSON(parsing: Self.recording.encoded))?.object else { return "" }
    change(&object)
    return String(decoding: JSON.object(object).encoded, as: UTF8.self)
  }

  @Test func isReadAsItWasWritten() {
    let problems = JSONProblems()
    #expect(Recording.read(Self.recording.encoded, problems: problems) == Self.recording)
    #expect(problems.list.isEmpty)
  }

  @Test func membersStandInTheirOrder() throws {
    let json = try JSON(parsing: Self.recording.encoded)
    #expect(json.object?.members.map(\.name) == Recording.members.filter { $0 != "error" })
  }

  @Test func aCallWithoutAProviderHasItsPath() throws {
    var call = Self.recording
    (call.provider, call.request, call.path) = (nil, .null, "/v1/countries?model=chatgpt")
    (call.credits, call.answer) = (nil, .result(Array("[{\"code\":\"US\"}]".utf8)))
    let problems = JSONProblems()
    #expect(Recording.read(call.encoded, problems: problems) == call)
    #expect(call.keys.isEmpty)
  }

  @Test func anErrorHasTheWholeBody() throws {
    var error = Self.recording
    (error.status, error.answer) = (503, .error(Array(#"{"error":{"code":"X"}}"#.utf8)))
    let problems = JSONProblems()
    #expect(Recording.read(error.encoded, problems: problems) == error)
  }

  @Test func whatIsWrongIsNamedByMember() {
    #expect(problems("{") == ["is not JSON: A member's name must be a string at line 1, column 2"])
    #expect(problems("[]") == ["expected an object, found array"])
    #expect(
      problems(#"{"plan":"hobby"}"#) == ["schemaVersion: is missing: this is no recording"])
    #expect(
      problems(text { $0["schemaVersion"] = 2 })
        == ["schemaVersion: 2 is newer than this cloro-mock, which reads up to 1"])
    #expect(problems(text { $0["result"] = nil }) == ["result: is missing"])
    #expect(problems(text { $0["error"] = [:] }) == ["error: doesn't go with status 200"])
    #expect(problems(text { $0["result"] = 3 }) == ["result: expected an object, found number"])
    #expect(problems(text { $0["status"] = nil }) == ["status: is missing"])
    #expect(
      problems(text { $0["provider"] = "chatgtp" })
        == [
          "provider: \"chatgtp\" is unknown, did you mean \"chatgpt\"?; allowed: "
            + Provider.allCases.map(\.rawValue).joined(separator: ", ")
        ])
    #expect(
      problems(text { $0["headers"] = ["X-Credits-Charged": "sk_live_1"] })
        == ["headers.X-Credits-Charged: expected a value as it is recorded, found \"sk_live_1\""])
    let unknown = problems(text { $0["cookie"] = "a" }).first
    #expect(unknown?.hasPrefix("cookie: unknown member") == true)
  }

  // MARK: Headers

  @Test func onlyListedHeadersWithPlainValuesAreKept() {
    let headers = RecordedHeaders([
      ("Content-Type", "application/json; token=sk_live_1"), ("Set-Cookie", "a=b"),
      ("X-Request-ID", "42"), ("X-Credits-Remaining", "42"), ("X-Credits-Charged", "7 sk_live_1"),
      ("X-LATENCY-MS", "12"), ("Retry-After", "sk_live_1"),
    ])
    #expect(headers.fields == ["Content-Type": "application/json", "X-Latency-Ms": "12"])
  }

  @Test func headersTellTheRevision() {
    #expect(ContractRevision(ofAnswerWith: [("x-request-id", "1")]) == .october2026)
    #expect(ContractRevision(ofAnswerWith: [("X-Concurrent-Limit", "1")]) == .july2026)
  }

  // MARK: Keys

  @Test func equalQuestionsHaveOneKey() {
    func keys(_ provider: Provider, _ request: JSON) -> [RecordingKey] {
      var recording = Self.recording
      (recording.provider, recording.request) = (provider, request)
      return recording.keys
    }
    let short = keys(.google, ["query": "shoes", "country": "US"])
    #expect(short.count == 2)
    #expect(
      short
        == keys(
          .google,
          [
            "country": "US", "device": "desktop", "pages": 1, "query": "  shoes ", "other": true,
            "include": ["html": false, "aioverview": false],
          ]))
    #expect(short != keys(.google, ["query": "shoes", "country": "DE"]))
    #expect(short != keys(.google, ["query": "shoes", "country": "US", "pages": 2]))
    #expect(
      short != keys(.google, ["query": "shoes", "country": "US", "include": ["html": true]]))
    #expect(short != keys(.googleNews, ["query": "shoes", "country": "US"]))
    // Only one of the revisions knows `gl`.
    #expect(keys(.google, ["query": "shoes", "gl": "us"]).map(\.contract) == [.october2026])
  }

  // MARK: Folders

  @Test func aFolderGivesBackWhatItGot() throws {
    let place = try TemporaryFolder()
    let folder = RecordingFolder(place.path + "/recordings")
    try folder.make()
    try folder.make()
    var second = Self.recording
    second.sequence = 2
    #expect([try folder.write(second), try folder.write(Self.recording)] == [2, 1])
    let names = [Self.recording, second].map(RecordingFolder.name)
    #expect(System.fileStatus("\(folder.path)/\(names[0])")?.permissions == 0o600)
    #expect(try folder.read().map(\.recording) == [Self.recording, second])
    #expect(try folder.read().map(\.name) == names)
  }

  @Test func noFileIsReplaced() throws {
    let place = try TemporaryFolder()
    let folder = RecordingFolder(place.path)
    var other = Self.recording
    other.latencyMs = 5
    // Another process has written the first two meanwhile.
    for sequence in [1, 2] as [Int64] {
      other.sequence = sequence
      #expect(try folder.write(other) == sequence)
    }
    #expect(try folder.write(Self.recording) == 3)
    #expect(try folder.read().map(\.recording.latencyMs) == [5, 5, 12_400])
    #expect(try System.names(inFolder: place.path).count == 3)
  }

  @Test func aFolderNamesFileAndMember() throws {
    let place = try TemporaryFolder()
    let folder = RecordingFolder(place.path)
    try OutputFile.writePrivately(Array("{}".utf8), to: "\(folder.path)/a.json")
    try OutputFile.writePrivately(
      Array(text { $0["request"] = ["prompt": ""] }.utf8), to: "\(folder.path)/b.json")
    // The rest of a write that was ended isn't looked at.
    try OutputFile.writePrivately(Array("{".utf8), to: "\(folder.path)/c.json.x1Y2z3")
    let failure = #expect(throws: RecordingFolder.Failure.self) { try folder.read() }
    #expect(
      failure?.lines == [
        "\(folder.path)/a.json: schemaVersion: is missing: this is no recording",
        "\(folder.path)/b.json: request: is no question that chatgpt takes",
      ])
  }
}
