import Bytes
import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The three headers by which a receiver verifies a webhook's sender. [contract: webhooks]
enum WebhookSignature {
  /// `v1=` and the hexadecimal HMAC-SHA256 of `<timestamp>.<body>`. The key is the secret's whole
  /// text.
  static func signature(of body: [UInt8], timestamp: Int64, secret: String) -> String {
    signature(of: body, timestamp: timestamp, Key(secret))
  }

  private static func signature(of body: [UInt8], timestamp: Int64, _ key: Key) -> String {
    var code = key.code
    var start: [UInt8] = []
    start.append(decimal: timestamp)
    start.append(".")
    code.update(data: start)
    code.update(data: body)
    return code.finalize().withUnsafeBytes { digest in
      text(
        of: (0..<4).map { word in
          UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self))
        })
    }
  }

  /// A secret with what is worked out once for all signatures with it.
  struct Key: Sendable {
    let secret: String
    fileprivate let code: HMAC<SHA256>

    init(_ secret: String) {
      self.secret = secret
      code = HMAC<SHA256>(key: SymmetricKey(data: Array(secret.utf8)))
    }
  }

  /// What a receiver knows an attempt by.
  static func attemptID(_ taskID: String, _ attempt: Int) -> String { "\(taskID)-\(attempt)" }

  /// The 256 bits of a text in the form of a signature; nil for any other text.
  static func digest(of text: String) -> [UInt64]? {
    var digits = text.utf8[...]
    guard digits.count == 67, text.hasPrefix("v1=") else { return nil }
    digits = digits.dropFirst(3)
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in digits.enumerated() {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      default: return nil
      }
      words[index / 16] = words[index / 16] << 4 | UInt64(digit)
    }
    return words
  }

  /// The text whose ``digest(of:)`` these four words are.
  static func text(of digest: [UInt64]) -> String {
    let prefix: StaticString = "v1="
    return String(unsafeUninitializedCapacity: 67) { text in
      var count = 0
      func append(_ byte: UInt8) {
        text[count] = byte
        count += 1
      }
      for index in 0..<prefix.utf8CodeUnitCount { append(prefix.utf8Start[index]) }
      for word in digest {
        var (rest, left) = (word, 16)
        while left > 0 {
          let digit = UInt8(rest >> 60)
          append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
          (rest, left) = (rest << 4, left - 1)
        }
      }
      return count
    }
  }

  /// A flaw that a fault gives the headers.
  enum Flaw: Equatable {
    /// A signature that has the right form but is never right.
    case wrongSignature
    /// A timestamp that lies so many seconds in the past, with the signature that belongs to it.
    case age(Int64)
  }

  /// Each digit's complement, which has the right length and is wrong for every secret.
  private static func spoiled(_ signature: String) -> String {
    let digits = Array("0123456789abcdef")
    return "v1="
      + String(signature.dropFirst(3).map { digits[15 - ($0.hexDigitValue ?? 0)] })
  }

  /// The headers of an attempt.
  ///
  /// - Parameters:
  ///   - timestamp: Wall-clock seconds, even when the double's clock is simulated: receivers refuse
  ///     webhooks older than five minutes.
  ///   - secret: nil sends none of the headers.
  ///   - flaw: The flaw that a fault gives them.
  static func headers(
    taskID: String, attempt: Int, body: [UInt8], timestamp: Int64, secret: String?,
    flaw: Flaw? = nil
  ) -> [(name: String, value: String)] {
    headers(
      taskID: taskID, attempt: attempt, body: body, timestamp: timestamp,
      key: secret.map { Key($0) }, flaw: flaw)
  }

  /// The headers of an attempt, with a key that was made before.
  static func headers(
    taskID: String, attempt: Int, body: [UInt8], timestamp: Int64, key: Key?, flaw: Flaw? = nil
  ) -> [(name: String, value: String)] {
    guard let key else { return [] }
    var timestamp = timestamp
    if case .age(let seconds)? = flaw { timestamp -= seconds }
    let signature = signature(of: body, timestamp: timestamp, key)
    return [
      ("X-Cloro-Timestamp", "\(timestamp)"),
      ("X-Cloro-Signature", flaw == .wrongSignature ? spoiled(signature) : signature),
      ("X-Cloro-Webhook-Id", attemptID(taskID, attempt)),
    ]
  }
}
