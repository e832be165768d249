import TLSClient

@testable import TLS

/// The glue of TLS: whatever a peer sends, in whatever pieces, leads to the same end, and what is
/// answered stays small.
enum TLSFuzzing {
  /// The longest that the server's messages of one connection may be, in bytes.
  private static let mostAnswer = 64 * 1024

  private static let context = TLSContext()

  static func check(_ bytes: [UInt8]) {
    beginning(bytes)
    afterHandshake(bytes)
  }

  /// The bytes are a connection's first.
  private static func beginning(_ bytes: [UInt8]) {
    let whole = Server()
    whole.receive(bytes[...])
    let pieces = Server()
    for start in stride(from: 0, to: bytes.count, by: 7) {
      pieces.receive(bytes[start..<min(start + 7, bytes.count)])
    }
    require(whole.end == pieces.end, "in pieces it ends otherwise")
    require(whole.plaintext.isEmpty && pieces.plaintext.isEmpty, "plaintext without a handshake")
    for server in [whole, pieces] { server.finish() }
  }

  /// The bytes say what a client does after an honest handshake: what it sends, in records of 16
  /// bytes, where these are cut on their way, and which of them is spoilt.
  private static func afterHandshake(_ bytes: [UInt8]) {
    let (server, client) = connected()
    defer { tlsclient_free(client) }
    var expected: [UInt8] = []
    var isSpoilt = false
    for start in stride(from: 0, to: bytes.count, by: 16) {
      let part = Array(bytes[start..<min(start + 16, bytes.count)])
      require(tlsclient_send(client, part, part.count) == part.count, "the client can't send")
      var records = sent(by: client)
      if part[0] & 0x1F == 0x1F {
        records[Int(part[0]) % records.count] ^= 1 << (part[0] >> 5)
        isSpoilt = true
      }
      let cut = Int(part[part.count - 1]) % (records.count + 1)
      server.receive(records[..<cut])
      server.receive(records[cut...])
      if !isSpoilt { expected += part }
    }
    // A spoilt record and all that come after it are no plaintext.
    require(server.plaintext == expected, "plaintext is lost, changed or made up")
    require(isSpoilt || server.end == .needsMore, "an honest client is refused")
    server.finish()
  }

  /// Both ends of a connection after their handshake.
  private static func connected() -> (Server, OpaquePointer) {
    let server = Server()
    guard let client = tlsclient_make_in_memory() else { fatalError("libssl3 is missing") }
    var answer: [UInt8] = []
    for _ in 0..<4 {
      let isComplete = tlsclient_take(client, answer, answer.count) != 0
      answer = server.receive(sent(by: client)[...])
      if isComplete, server.session.isSecure { return (server, client) }
    }
    fatalError("the handshake doesn't end")
  }

  private static func sent(by client: OpaquePointer) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: mostAnswer)
    return Array(bytes[..<tlsclient_give(client, &bytes, bytes.count)])
  }

  /// The server's end, and what has come of it.
  private final class Server {
    let session: TLSSession
    private let output = TLSBytes()
    private var answered = 0
    private(set) var plaintext: [UInt8] = []
    private(set) var end = TLSSession.Outcome.needsMore

    init() {
      guard let made = try? TLSFuzzing.context.makeSession() else {
        fatalError("libssl3 is missing")
      }
      session = made
    }

    /// Takes what the client has sent, unless it has ended before.
    ///
    /// - Returns: What the client is to get.
    @discardableResult
    func receive(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
      guard end == .needsMore else { return [] }
      output.clear()
      withUnsafeTemporaryAllocation(byteCount: TLSSession.recordSize, alignment: 16) { memory in
        end = bytes.withUnsafeBytes { bytes in
          session.receive(bytes, by: memory, output: output) { plaintext += $0 }
        }
      }
      answered += output.count
      require(answered <= TLSFuzzing.mostAnswer, "the answer grows")
      return Array(output.written)
    }

    /// A session that is secure and not broken can be written to, and says its end once.
    func finish() {
      let isUsable = end != .failed && session.isSecure
      output.clear()
      let isWritten = [1, 2].withUnsafeBytes { session.write($0, to: output) }
      require(isWritten == isUsable, "writing ends wrongly")
      output.clear()
      session.finish(to: output)
      require(output.isEmpty != isUsable, "the end is said wrongly")
      output.clear()
      session.finish(to: output)
      require(output.isEmpty, "the end is said twice")
    }
  }
}
