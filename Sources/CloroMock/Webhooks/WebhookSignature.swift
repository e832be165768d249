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
    var code = HMAC<SHA256>(key: SymmetricKey(data: Data(secret.utf8)))
    code.update(data: Data("\(timestamp).".utf8))
    code.update(data: Data(body))
    return "v1=" + Hexadecimal.text(of: code.finalize())
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
    guard let secret else { return [] }
    var timestamp = timestamp
    if case .age(let seconds)? = flaw { timestamp -= seconds }
    let signature = signature(of: body, timestamp: timestamp, secret: secret)
    return [
      ("X-Cloro-Timestamp", "\(timestamp)"),
      ("X-Cloro-Signature", flaw == .wrongSignature ? spoiled(signature) : signature),
      ("X-Cloro-Webhook-Id", "\(taskID)-\(attempt)"),
    ]
  }
}
