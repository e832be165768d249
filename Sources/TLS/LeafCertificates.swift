import Platform
import Synchronization

/// An authority's certificates for the names that clients ask for, each made when it is first asked
/// for, and again when half of its life has passed.
final class LeafCertificates: Sendable {
  /// How many names are remembered. A client that asks for ever new ones costs no memory.
  static let mostNames = 256

  private struct Leaf {
    let certificate: Certificate
    /// When it is made again, in seconds since the Unix epoch.
    let renewal: Int64
  }

  /// The key of all of them, which no other process has.
  let key: PrivateKey
  private let authority: CertificateAuthority
  /// The names of the certificate for clients that name nothing, or nothing that can be certified.
  private let ownNames: [String]
  private let leaves = Mutex<[String: Leaf]>([:])

  init(of authority: CertificateAuthority, host: String) throws(TLSError) {
    self.authority = authority
    key = try PrivateKey()
    var names = ["DNS:localhost", "DNS:api.cloro.dev", "IP:127.0.0.1", "IP:0:0:0:0:0:0:0:1"]
    if host.hasPrefix("127."), host != "127.0.0.1", System.isIPv4(host) {
      names.append("IP:\(host)")
    }
    ownNames = names
  }

  /// The certificate for a name. A client that asks for a foreign name gets the double's own
  /// certificate, and says itself that it is another one's; one that verifies nothing goes on.
  ///
  /// - Returns: nil when it can't be made.
  func certificate(for requested: String?) -> Certificate? {
    let name = requested.flatMap(Self.certifiable) ?? ""
    let now = CertificateAuthority.now
    return leaves.withLock { leaves in
      if let leaf = leaves[name], now < leaf.renewal { return leaf.certificate }
      let made = try? authority.issue(
        name.isEmpty ? "localhost" : name, names: name.isEmpty ? ownNames : ["DNS:\(name)"],
        key: key, now: now)
      guard let made else { return nil }
      if leaves.count >= Self.mostNames { leaves = [:] }
      leaves[name] = Leaf(
        certificate: made, renewal: now + CertificateAuthority.leafLifetime / 2)
      return made
    }
  }

  /// The name in its one form when a certificate of its own is made for it: a host below cloro.dev
  /// or localhost.
  static func certifiable(_ requested: String) -> String? {
    let name = requested.lowercased()
    guard name != "localhost", name != "api.cloro.dev", name.utf8.count <= 253,
      name == "cloro.dev" || name.hasSuffix(".cloro.dev") || name.hasSuffix(".localhost")
    else { return nil }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    let isHost = labels.allSatisfy { label in
      1...63 ~= label.utf8.count
        && label.utf8.allSatisfy { byte in
          byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte &- 0x30 < 10
            || byte &- 0x61 < 26
        }
    }
    return isHost ? name : nil
  }
}
