import Bytes
import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What proves to a receiver that a webhook comes from someone who knows the secret, and is recent.
/// [contract: webhooks]
struct WebhookSignature: Sendable {
  /// 256 bits, the first ones first.
  typealias Digest = (UInt64, UInt64, UInt64, UInt64)

  /// Wall-clock seconds since the epoch, even when the double's clock is simulated: receivers
  /// refuse webhooks older than five minutes.
  let timestamp: Int64
  /// The HMAC-SHA256 of `<timestamp>.<body>`. Its key is the secret's whole text.
  let digest: Digest

  init(timestamp: Int64, digest: Digest) { (self.timestamp, self.digest) = (timestamp, digest) }

  /// A secret with what is worked out once for all signatures with it.
  struct Key: Sendable {
    let secret: String
    fileprivate let code: HMAC<SHA256>

    init(_ secret: String) {
      self.secret = secret
      code = HMAC<SHA256>(key: SymmetricKey(data: Array(secret.utf8)))
    }
  }

  /// A flaw that a fault gives a signature.
  enum Flaw: Equatable {
    /// A digest that has the right form but is never right.
    case wrongSignature
    /// A timestamp that lies so many seconds in the past, with the digest that belongs to it.
    case age(Int64)
  }

  /// Signs a webhook.
  ///
  /// - Parameters:
  ///   - timestamp: Wall-clock seconds since the epoch.
  ///   - flaw: The flaw that a fault gives it. The default is none.
  init(of body: [UInt8], timestamp: Int64, _ key: Key, flaw: Flaw? = nil) {
    var timestamp = timestamp
    if case .age(let seconds)? = flaw { timestamp -= seconds }
    var code = key.code
    var start: [UInt8] = []
    start.append(decimal: timestamp)
    start.append(".")
    code.update(data: start)
    code.update(data: body)
    let right = code.finalize().withUnsafeBytes { digest in
      func word(_ index: Int) -> UInt64 {
        UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
      }
      return (word(0), word(1), word(2), word(3))
    }
    // Each bit's complement is wrong for every secret.
    let isWrong = flaw == .wrongSignature
    self.init(
      timestamp: timestamp, digest: isWrong ? (~right.0, ~right.1, ~right.2, ~right.3) : right)
  }

  /// `v1=` and the digest's 64 hexadecimal digits, with small letters.
  var text: String {
    let prefix: StaticString = "v1="
    return String(unsafeUninitializedCapacity: 67) { text in
      var count = 0
      func append(_ byte: UInt8) {
        text[count] = byte
        count += 1
      }
      func append(_ word: UInt64) {
        var (rest, left) = (word, 16)
        while left > 0 {
          let digit = UInt8(rest >> 60)
          append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
          (rest, left) = (rest << 4, left - 1)
        }
      }
      for index in 0..<prefix.utf8CodeUnitCount { append(prefix.utf8Start[index]) }
      append(digest.0)
      append(digest.1)
      append(digest.2)
      append(digest.3)
      return count
    }
  }

  /// The digest of a text in the form of ``text``; nil for any other text.
  static func digest(of text: String) -> Digest? {
    let digits = Array(text.utf8)
    guard digits.count == 67, text.hasPrefix("v1=") else { return nil }
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in digits.dropFirst(3).enumerated() {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      default: return nil
      }
      words[index / 16] = words[index / 16] << 4 | UInt64(digit)
    }
    return (words[0], words[1], words[2], words[3])
  }
}
