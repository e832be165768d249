import Platform

/// The rule for `--host`.
enum HostSetting {
  static let allowed =
    "an address or a name, without port and brackets, for example 127.0.0.1, "
    + "0.0.0.0, :: or localhost"

  /// Whether a text can be an address to listen on. Whether this machine has it shows when it is
  /// bound.
  static func isUsable(_ text: String) -> Bool {
    // A zone follows an address of IPv6: fe80::1%eth0.
    if text.contains(":") { return System.isIPv6(String(text.prefix { $0 != "%" })) }
    return !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
