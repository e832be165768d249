/// The form of cloro's API keys. [contract: order of admission, 1]
enum APIKeyFormat {
  static let expected =
    "a key of the form sk_live_ or sk_test_ and 32 lower-case hexadecimal digits"

  /// Bytes of a key.
  static let length = 40

  static func isValid(_ key: String) -> Bool {
    let bytes = key.utf8
    guard bytes.count == length, key.hasPrefix("sk_live_") || key.hasPrefix("sk_test_") else {
      return false
    }
    return bytes.dropFirst(8).allSatisfy { byte in
      0x30...0x39 ~= byte || 0x61...0x66 ~= byte
    }
  }
}
