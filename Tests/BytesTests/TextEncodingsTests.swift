import Testing

@testable import Bytes

@Suite("Text encodings")
struct TextEncodingsTests {
  @Test(
    "Base64 is RFC 4648's",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"), ("\u{FF}\u{FE}>", "w7/Dvj4="),
    ])
  func base64(text: String, encoded: String) {
    #expect(Base64.text(of: Array(text.utf8)) == encoded)
    #expect(Base64.bytes(of: encoded) == Array(text.utf8))
    // Some writers leave the padding out.
    #expect(Base64.bytes(of: String(encoded.prefix { $0 != "=" })) == Array(text.utf8))
  }

  @Test("What is no Base64 has no bytes", arguments: ["Zg=a", "Z-==", "Z g=", "\u{E9}A=="])
  func noBase64(text: String) { #expect(Base64.bytes(of: text) == nil) }

  @Test("Each byte is two hexadecimal digits")
  func hexadecimal() { #expect(Hexadecimal.text(of: [0, 9, 10, 0xA5, 255]) == "00090aa5ff") }

  @Test(
    "What an address reserves is percent-encoded",
    arguments: [
      ("aZ09-._~", "aZ09-._~"), ("a b+c/d", "a%20b%2Bc%2Fd"), ("%\u{E9}&=", "%25%C3%A9%26%3D"),
    ])
  func percentEncoding(text: String, encoded: String) {
    #expect(PercentEncoding.text(of: text) == encoded)
  }
}
