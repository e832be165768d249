import CloroContract
import JSON
import Platform
import Synchronization

/// Carries an agent's messages, one a line on standard input, to `/_mock/mcp`, and what comes back
/// to standard output.
///
/// Each request has a thread and a connection of its own, so that one that waits keeps no other
/// waiting, and can be cancelled. What begins a session, and notifications, keep their order.
final class AgentBridge: Sendable {
  private struct State {
    /// The session, once `initialize` has begun it.
    var session: String?
    /// How many requests are under way.
    var running = 0
    var ended: Latch?
  }

  /// The most bytes of a line, as the double takes them.
  private static let longestLine = 1 << 20
  /// The longest silence of an answer, in seconds: the longest wait of a call, and some more.
  private static let patience = 660.0
  /// The most requests under way; beyond it reading stops until one has its answer.
  private static let mostRunning = 64

  private let address: WebAddress
  private let token: String?
  private let state = Mutex(State())
  private let output = Mutex(())

  init(to address: WebAddress, token: String?) {
    self.address = address
    self.token = token
  }

  /// Returns when standard input has ended and all requests have their answers.
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
    wait(untilBelow: 1)
    endSession()
  }

  /// Takes a message.
  private func take(_ line: [UInt8]) {
    let message = try? JSON(parsing: line)
    let isRequest = message?["id"] != nil && message?["method"]?.string != nil
    guard isRequest, message?["method"]?.string != "initialize" else {
      return send(line, message)
    }
    wait(untilBelow: Self.mostRunning)
    state.withLock { $0.running += 1 }
    do throws(SystemError) {
      try System.startThread { [self] in
        send(line, message)
        finished()
      }
    } catch {
      refuse(message?["id"], -32603, "there is no thread for it: \(error.reason)")
      finished()
    }
  }

  private func finished() {
    let ended = state.withLock { state in
      state.running -= 1
      return state.ended
    }
    ended?.open()
  }

  private func wait(untilBelow count: Int) {
    while true {
      let latch: Latch? = state.withLock { state in
        guard state.running >= count else { return nil }
        let latch = Latch()
        state.ended = latch
        return latch
      }
      guard let latch else { return }
      latch.wait()
    }
  }

  // MARK: Over HTTP

  private func send(_ line: [UInt8], _ message: JSON?) {
    let reader = AnswerReader { self.write($0) }
    do throws(SystemError) {
      try System.exchange(
        request("POST", line), host: address.host, port: address.port, silentFor: Self.patience
      ) { reader.take($0) }
    } catch {
      return refuse(
        message?["id"], -32603, "\(address.hostAndPort) doesn't answer: \(error.reason)")
    }
    reader.end()
    if let session = reader.session { state.withLock { $0.session = session } }
    if let reason = reader.refusal {
      let hint = reader.status == 401 ? "; CLORO_MOCK_ADMIN_TOKEN must be its admin token" : ""
      refuse(message?["id"], -32603, reason + hint)
    }
  }

  private func endSession() {
    guard state.withLock({ $0.session != nil }) else { return }
    // The double forgets it anyhow.
    _ = try? System.exchange(
      request("DELETE", []), host: address.host, port: address.port, silentFor: 2)
  }

  /// A request of HTTP/1.0: its answer ends with the connection, and isn't in chunks.
  private func request(_ method: String, _ body: [UInt8]) -> [UInt8] {
    let folder = address.path.hasSuffix("/") ? String(address.path.dropLast()) : address.path
    var lines = [
      "\(method) \(folder)/_mock/mcp HTTP/1.0", "Host: \(address.hostAndPort)",
      "Accept: application/json, text/event-stream", "Content-Type: application/json",
      "Content-Length: \(body.count)",
    ]
    if let token { lines.append("Authorization: Bearer \(token)") }
    if let session = state.withLock({ $0.session }) { lines.append("Mcp-Session-Id: \(session)") }
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

/// Reads an answer of `/_mock/mcp` as it comes, and hands on the messages in it. Used by one
/// thread.
private final class AnswerReader {
  private let message: ([UInt8]) -> Void
  private var rest: [UInt8] = []
  /// Whether the head is read, and events follow.
  private var isStream: Bool?
  private(set) var status = 0
  private(set) var session: String?
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
      where line.starts(with: "data: ".utf8) { message(Array(line.dropFirst(6))) }
      rest.removeSubrange(..<end.upperBound)
    }
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
    guard isStream == false else {
      if isStream == nil { refusal = "the answer is not HTTP" }
      return
    }
    guard !rest.isEmpty else { return }
    let body = try? JSON(parsing: rest)
    if body?["jsonrpc"] != nil {
      message(rest)
    } else {
      refusal = body?["error"]?["message"]?.string ?? "the double answers \(status)"
    }
  }
}
