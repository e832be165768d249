import HTTPServer
import Testing

@testable import CloroMock

@Suite("What a proxy says of the address that the client uses")
struct ProxiedAddressTests {
  private func read(
    _ fields: [(String, String)], overTLS isSecure: Bool = false, isTrusted: Bool = true
  ) -> ProxiedAddress {
    let lines = fields.map { "\($0): \($1)\r\n" }.joined()
    return ProxiedAddress(HTTPFields(wire: Array(lines.utf8)), isSecure: isSecure) { isTrusted }
  }

  static let secureFields: [[(String, String)]] = [
    [("X-Forwarded-Proto", "https")], [("x-forwarded-proto", " HTTPS , http")],
    [("Forwarded", "proto=https")],
    [("Forwarded", "for=192.0.2.1; Proto=\"https\";by=x, proto=http")],
    [("X-Forwarded-Proto", "https"), ("Forwarded", "proto=http")],
  ]

  @Test(
    "The client's scheme is https when the first of the proxies says so", arguments: secureFields)
  func secure(fields: [(String, String)]) {
    #expect(read(fields).isSecure)
    #expect(!read(fields, isTrusted: false).isSecure, "only this machine is believed")
  }

  static let plainFields: [[(String, String)]] = [
    [], [("X-Forwarded-Proto", "http")], [("X-Forwarded-Proto", "http, https")],
    [("X-Forwarded-Proto", "")], [("Forwarded", "for=1.2.3.4")], [("Forwarded", "https")],
    [("X-Forwarded-Scheme", "https")],
  ]

  @Test("Everything else is http", arguments: plainFields)
  func plain(fields: [(String, String)]) { #expect(!read(fields).isSecure) }

  @Test("Over TLS it is https, unless a proxy of this machine says that its client speaks http")
  func overTLS() {
    #expect(read([], overTLS: true).isSecure)
    #expect(read([("X-Forwarded-Host", "a")], overTLS: true).isSecure)
    let plain = [("X-Forwarded-Proto", "http")]
    #expect(!read(plain, overTLS: true).isSecure)
    #expect(read(plain, overTLS: true, isTrusted: false).isSecure)
  }

  @Test("The host is the one before the first proxy, if it can be one")
  func hosts() {
    #expect(read([]).host == nil)
    #expect(read([("X-Forwarded-Host", "api.cloro.dev:8443, other")]).host == "api.cloro.dev:8443")
    #expect(read([("Forwarded", #"host="[::1]:80";proto=https"#)]).host == "[::1]:80")
    #expect(read([("X-Forwarded-Host", "a/b")]).host == nil)
    #expect(read([("X-Forwarded-Host", "a")], isTrusted: false).host == nil)
  }
}
