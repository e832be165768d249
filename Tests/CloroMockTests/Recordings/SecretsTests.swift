import Testing

@testable import CloroMock

/// Whether a secret is found out, however it is written.
@Suite struct SecretsTests {
  private static let secret = "whsec_B4k&r/9+x-Yz~\"q%41"
  private static let key = "sk_live_0123456789abcdef0123456789abcdef"

  private func found(_ text: String, _ secrets: [String] = [secret]) -> Bool {
    Secrets(secrets).areIn(Array(text.utf8))
  }

  private static func percent(_ text: String) -> String {
    text.utf8.map { "%" + String(Int($0) | 0x100, radix: 16).dropFirst() }.joined()
  }

  private static func units(_ text: String) -> String {
    text.utf8.map { #"\u00"# + String(Int($0) | 0x100, radix: 16).dropFirst() }.joined()
  }

  private static func base64(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var (bits, count, output) = (0, 0, "")
    for byte in Array(text.utf8) {
      (bits, count) = (bits << 8 | Int(byte), count + 8)
      while count >= 6 {
        count -= 6
        output.append(alphabet[bits >> count & 63])
      }
    }
    if count > 0 { output.append(alphabet[bits << (6 - count) & 63]) }
    return output + String(repeating: "=", count: (4 - output.count % 4) % 4)
  }

  @Test(
    "A secret is found however it is written",
    arguments: [
      secret,
      #"{"a":"x whsec_B4k&r/9+x-Yz~\"q%41 y"}"#,
      #"{"a":"whsec_B4k&r\/9+x-Yz~\"q%41"}"#,
      #"{"a":"whsec_B4k\u0026r/9+x-Yz~\u0022q%41"}"#,
      #"{"whsec_B4k&r/9+x-Yz~\"q%41":1}"#,
      "WHSEC_B4K&R/9+X-YZ~\"Q%41",
      "https://a.example/?t=whsec_B4k%26r%2f9%2Bx-Yz~%22q%2541&x=1",
      "a" + percent(secret) + "b", units(secret), percent(units(secret)),
      "whsec_B4k&amp;r/9+x-Yz~&quot;q%41", "&#119;&#x68;sec_B4k&r/9+x-Yz~&#34;q%41",
      #"{"a":"{\"b\":\"\\u0077hsec_B4k&r/9+x-Yz~\\\"q%41\"}"}"#,
      base64(secret), base64("a" + secret + "b"), base64("ab" + secret + "b"),
      base64("Bearer " + secret).split(separator: "=").joined(),
      String(base64("ab" + secret).map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }),
      secret.utf8.map { String(Int($0) | 0x100, radix: 16).dropFirst() }.joined().uppercased(),
    ])
  func found(text: String) { #expect(found(text)) }

  @Test(
    "Any key of cloro's is found, whoever's it is",
    arguments: [
      key, key.uppercased(), "x\(key)y0", "sk_test_" + key.dropFirst(8), #"{"\#(key)":0}"#,
      #"\u0073k_live_"# + key.dropFirst(8), #"sk\u005flive_"# + key.dropFirst(8),
      "sk%5flive_" + key.dropFirst(8), "sk_sk_live_sk_live_" + key.dropFirst(8),
      base64("Bearer " + key), base64("x: Bearer " + key), base64("Authorization:" + key),
    ])
  func keyOfAnybody(text: String) { #expect(found(text, [])) }

  @Test(
    "What is no secret is let through",
    arguments: [
      "", "s", "sk_live_", "sk_live_" + String(key.dropFirst(8).dropLast()),
      "sk_live_0123456789abcdef0123456789abcdeg", String(secret.dropLast()),
      String(secret.dropFirst()), #"{"a":"\"}"#, "100% & \\", "%4", "%+1", "&#;", "&#x;",
      "&nothing;", #"\ud800"#, #"\u12"#, "a whsec_ b",
    ])
  func letThrough(text: String) { #expect(!found(text)) }

  @Test("A short secret is found in its own case, a very short one not at all")
  func short() {
    #expect(found("my Secret1", ["Secret1"]))
    #expect(!found("my secret1", ["Secret1"]))
    #expect(found("%53ecret1", ["Secret1"]))
    #expect(found("a-b_c-d", ["a-b_c-d"]))
    #expect(!found("abcde", ["abcde"]))
  }

  @Test("Keys of others are let through where they don't matter")
  func keysOfOthers() {
    let secrets = Secrets([Self.secret], findsKeys: false)
    #expect(!secrets.areIn(Array(Self.key.utf8)))
    #expect(secrets.areIn(Array(Self.secret.utf8)))
  }

  @Test("Header fields that let somebody in are known by their names")
  func credentials() {
    let fields = [
      ("Authorization", "Bearer abc-1"), ("COOKIE", "a=b1; c=\"d e\"; f"),
      ("Set-Cookie", "s=t1; Path=/"), ("X-Api-Key", "k1"), ("X-CSRF-Token", "t2"),
      ("X-Request-Id", "r1"), ("Content-Type", "application/json"), ("X-Session", " s1 "),
    ]
    let own = ["abc-1", "b1", "d e", "", "t1", "k1", "t2", "s1"]
    #expect(Secrets.credentials(in: fields, withIdentifiers: false) == own)
    #expect(
      Secrets.credentials(in: fields, withIdentifiers: true)
        == ["abc-1", "b1", "d e", "", "t1", "k1", "t2", "r1", "s1"])
  }

  @Test("Each of many is found, one that begins like another too")
  func many() {
    let texts = (0..<300).map { "whsec_of_number_\($0)!" }
    let secrets = Secrets(texts)
    #expect(texts.allSatisfy { secrets.areIn(Array("<\($0)>".utf8)) })
    #expect(!secrets.areIn(Array("whsec_of_number_300!".utf8)))
  }
}
