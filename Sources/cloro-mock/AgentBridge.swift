import CloroContract
import CloroMock
import JSON
import Platform
import Synchronization

/// Carries an agent's messages, one a line on standard input, to `/_mock/mcp`, and what comes back
/// to standard output.
///
/// Each request has a thread and a connection of its own, so that one that waits keeps no other
/// waiting, and can be cancelled. What begins a session, and notifications, keep their order.
/// Requests with a session and without one may come on the same input.
final class AgentBridge: Sendable {
  private struct State {
    /// The session, once `initialize` has begun it.
    var session: String?
    /// The requests under way.
    var calls: [BridgedCall] = []
    var ended: Latch?
  }

  /// The most bytes of a line, as the double takes them.
  private static let longestLine = 1 << 20
  /// The longest silence of an answer, in seconds: the longest wait of a call, and some more.
  private static let patience = 660.0
  /// The most requests under way; beyond it reading stops until one has its answer.
  private static let mostRunning = 64
  /// The most subscriptions, which have no answer and don't count as requests under way.
  private static let mostSubscriptions = 16

  private let address: WebAddress
  private let token: String?
  private let state = Mutex(State())
  private let output = Mutex(())

  init(to address: WebAddress, token: String?) {
    self.address = address
    self.token = token
  }

  /// Returns when standard input has ended and all requests have their answers. Subscriptions end
  /// with it.
  func run() {
    var line: [UInt8] = []
    var isTooLong = false
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = buffer.withUnsafeMutableBytes { System.read($0.baseAddress!, $0.count, from: 0) }
      if count < 0, System.wasInterrupted { continue }
      guard count > 0 else { break }
      for byte in buffer[..<count] {
        guard byte == UInt8(ascii: "\n") else {
          if line.count < Self.longestLine { line.append(byte) } else { isTooLong = true }
          continue
        }
        if isTooLong {
          refuse(nil, -32600, "A message has at most \(Self.longestLine) bytes.")
        } else if line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) {
          take(line)
        }
        line.removeAll()
        isTooLong = false
      }
    }
    if !line.isEmpty, !isTooLong { take(line) }
    for call in state.withLock({ $0.calls }) where call.isSubscription { call.end.end() }
    wait(untilBelow: 1)
    endSession()
  }

  /// Takes a message.
  private func take(_ line: [UInt8]) {
    let message: AgentMessage
    do throws(AgentError) {
      message = try AgentMessage(parsing: line)
    } catch {
      return write(error.json.encoded)
    }
    switch message {
    case .request(let id, "initialize", _): send(line, BridgedCall(id))
    case .request(let id, let method, let params):
      do throws(AgentError) {
        begin(line, try BridgedCall(id, method, params))
      } catch {
        write(error.answering(id).json.encoded)
      }
    case .notification("notifications/cancelled", let params):
      cancel(line, params["requestId"])
    case .notification, .response: tell(line)
    }
  }

  /// Performs a request on a thread of its own.
  private func begin(_ line: [UInt8], _ call: BridgedCall) {
    if call.isSubscription {
      let count = state.withLock { state in state.calls.count { $0.isSubscription } }
      guard count < Self.mostSubscriptions else {
        return refuse(
          call.id, -32603, "There are \(Self.mostSubscriptions) subscriptions on this connection.")
      }
    } else {
      wait(untilBelow: Self.mostRunning)
    }
    state.withLock { $0.calls.append(call) }
    do throws(SystemError) {
      try System.startThread { [self] in
        send(line, call)
        finished(call)
      }
    } catch {
      refuse(call.id, -32603, "there is no thread for it: \(error.reason)")
      finished(call)
    }
  }

  private func finished(_ call: BridgedCall) {
    let ended = state.withLock { state in
      state.calls.removeAll { $0 === call }
      return state.ended
    }
    ended?.open()
  }

  private func wait(untilBelow count: Int) {
    while true {
      let latch: Latch? = state.withLock { state in
        guard state.calls.count(where: { !$0.isSubscription }) >= count else { return nil }
        let latch = Latch()
        state.ended = latch
        return latch
      }
      guard let latch else { return }
      latch.wait()
    }
  }

  /// Cancels a request: one of a session by telling the double, another one by leaving.
  private func cancel(_ line: [UInt8], _ id: JSON?) {
    let call = state.withLock { state in state.calls.last { $0.id == id } }
    call?.end.end()
    if call?.fields == nil { tell(line) }
  }

  /// Passes on what wants no answer; it means something to a session alone.
  private func tell(_ line: [UInt8]) {
    guard state.withLock({ $0.session != nil }) else { return }
    send(line, nil)
  }

  // MARK: Over HTTP

  /// - Parameter call: The request; nil for what wants no answer.
  private func send(_ line: [UInt8], _ call: BridgedCall?) {
    let reader = AnswerReader { message in
      // Nothing more may come of a call that was cancelled.
      if call?.end.isDue != true { self.write(message) }
    }
    do throws(SystemError) {
      // A session's call is cancelled by a message; its connection brings the end.
      try System.exchange(
        request("POST", line, call?.fields), host: address.host, port: address.port,
        silentFor: Self.patience, until: call?.fields == nil ? nil : call?.end
      ) { reader.take($0) }
      reader.end()
    } catch {
      reader.fail("\(address.hostAndPort) doesn't answer: \(error.reason)")
    }
    if let session = reader.session { state.withLock { $0.session = session } }
    guard let call, !call.end.isDue, let reason = reader.refusal else { return }
    guard !reader.hasBegun || !call.isSubscription else { return end(call) }
    let hint = reader.status == 401 ? "; CLORO_MOCK_ADMIN_TOKEN must be its admin token" : ""
    refuse(call.id, -32603, reason + hint)
  }

  /// Says that the double has ended a subscription. (2026-07-28, schema, CancelledNotification)
  private func end(_ call: BridgedCall) {
    let message: JSON = [
      "jsonrpc": "2.0", "method": "notifications/cancelled", "params": ["requestId": call.id],
    ]
    write(message.encoded)
  }

  private func endSession() {
    guard state.withLock({ $0.session != nil }) else { return }
    // The double forgets it anyhow.
    _ = try? System.exchange(
      request("DELETE", [], nil), host: address.host, port: address.port, silentFor: 2)
  }

  /// A request of HTTP/1.0: its answer ends with the connection, and isn't in chunks.
  ///
  /// - Parameter fields: Those of a request without a session; nil for what belongs to one.
  private func request(
    _ method: String, _ body: [UInt8], _ fields: [(name: String, value: String)]?
  ) -> [UInt8] {
    let folder = address.path.hasSuffix("/") ? String(address.path.dropLast()) : address.path
    var lines = [
      "\(method) \(folder)/_mock/mcp HTTP/1.0", "Host: \(address.hostAndPort)",
      "Accept: application/json, text/event-stream", "Content-Type: application/json",
      "Content-Length: \(body.count)",
    ]
    if let token { lines.append("Authorization: Bearer \(token)") }
    if let fields {
      lines += fields.map { "\($0.name): \($0.value)" }
    } else if let session = state.withLock({ $0.session }) {
      lines.append("Mcp-Session-Id: \(session)")
    }
    return Array((lines + ["", ""]).joined(separator: "\r\n").utf8) + body
  }

  // MARK: To the agent

  private func refuse(_ id: JSON?, _ code: Int64, _ message: String) {
    let error: JSON = [
      "jsonrpc": "2.0", "id": id ?? .null,
      "error": ["code": .integer(code), "message": .string(ShownText.message(message))],
    ]
    write(error.encoded)
  }

  /// Writes a message as a line. Nobody is told when the agent is gone: standard input ends then.
  private func write(_ message: [UInt8]) {
    output.withLock { _ in
      _ = System.writeText(String(decoding: message, as: UTF8.self) + "\n", to: 1)
    }
  }
}

/// A request under way.
private final class BridgedCall: Sendable {
  let id: JSON
  /// The fields that HTTP wants of a request without a session; nil for one of a session.
  let fields: [(name: String, value: String)]?
  /// Whether it is a stream of notifications, which has no answer.
  let isSubscription: Bool
  /// Ends it; due once it is cancelled.
  let end = ExchangeEnd()

  /// One that begins a session.
  init(_ id: JSON) {
    self.id = id
    fields = nil
    isSubscription = false
  }

  /// - Throws: `AgentError` for what HTTP can't carry.
  init(_ id: JSON, _ method: String, _ params: JSONObject) throws(AgentError) {
    self.id = id
    let isStateless = AgentEnvelope.marks(params)
    fields = isStateless ? try AgentEnvelope.fields(method, params) : nil
    isSubscription = isStateless && method == "subscriptions/listen"
  }
}

/// Reads an answer of `/_mock/mcp` as it comes, and hands on the messages in it. Used by one
/// thread.
private final class AnswerReader {
  private let message: ([UInt8]) -> Void
  private var rest: [UInt8] = []
  /// Whether the head is read, and events follow.
  private var isStream: Bool?
  private(set) var status = 0
  private(set) var session: String?
  /// Whether a message has come.
  private(set) var hasBegun = false
  private var hasAnswer = false
  /// Why the double hasn't answered by a message; nil when it has, or when none was due.
  private(set) var refusal: String?

  init(_ message: @escaping ([UInt8]) -> Void) { self.message = message }

  func take(_ bytes: ArraySlice<UInt8>) {
    rest += bytes
    if isStream == nil { takeHead() }
    guard isStream == true else { return }
    // An event ends with an empty line. Messages are written without line ends.
    while let end = rest.firstRange(of: Array("\n\n".utf8)) {
      for line in rest[..<end.lowerBound].split(separator: UInt8(ascii: "\n"))
      where line.starts(with: "data: ".utf8) { handOn(Array(line.dropFirst(6))) }
      rest.removeSubrange(..<end.upperBound)
    }
  }

  private func handOn(_ bytes: [UInt8]) {
    hasBegun = true
    if let json = try? JSON(parsing: bytes), json["result"] != nil || json["error"] != nil {
      hasAnswer = true
    }
    message(bytes)
  }

  private func takeHead() {
    guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
    let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let words = (lines.first ?? "").split(separator: " ")
    if words.count > 1, words[0].hasPrefix("HTTP/") { status = Int(words[1]) ?? 0 }
    isStream = false
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      let value = parts.last?.drop { $0 == " " } ?? ""
      switch parts.first?.lowercased() {
      case "content-type": isStream = value.hasPrefix("text/event-stream")
      case "mcp-session-id": session = String(value)
      default: break
      }
    }
    rest.removeSubrange(..<end.upperBound)
  }

  /// All has come.
  func end() {
    switch isStream {
    case nil: refusal = "the answer is not HTTP"
    case true?:
      if !hasAnswer { refusal = "the double has ended the call without an answer" }
    case false?:
      guard !rest.isEmpty else { return }
      let body = try? JSON(parsing: rest)
      if body?["jsonrpc"] != nil {
        handOn(rest)
      } else {
        refusal = body?["error"]?["message"]?.string ?? "the double answers \(status)"
      }
    }
  }

  /// No more comes.
  func fail(_ reason: String) {
    if !hasAnswer { refusal = reason }
  }
}
