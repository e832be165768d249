import HTTPServer
import Testing

@testable import CloroMock

@Suite("Foreign pages")
struct ForeignPageTests {
  private let rule = ForeignPage(ownName: "mock.example.org")

  private static func post(
    host: String? = "127.0.0.1:8080", origin: String? = nil, site: String? = nil,
    mode: String? = nil, method: HTTPMethod = .post
  ) -> HTTPRequest {
    var fields = HTTPFields()
    if let host { fields.append("Host", host) }
    if let origin { fields.append("Origin", origin) }
    if let site { fields.append("Sec-Fetch-Site", site) }
    if let mode { fields.append("Sec-Fetch-Mode", mode) }
    return HTTPRequest(method: method, path: "/_mock/reset", fields: fields)
  }

  @Test("Who changes something and is no browser is never concerned")
  func others() {
    for host in [nil, "evil.example", "127.0.0.1:8080"] {
      #expect(!rule.sends(Self.post(host: host)))
    }
  }

  @Test(
    "The double's own page passes, by whatever private address it was opened",
    arguments: [
      "127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080", "cloro-mock:8080", "mock",
      "192.168.0.7", "host.docker.internal:8080", "mock.localhost", "build.local:1", "mock.test",
      "cloro-mock.default.svc", "cloro-mock.project_default:80", "nas.home.arpa", "api.cloro.dev",
      "mock.example.org:8080", "MOCK.example.org",
    ])
  func own(host: String) {
    #expect(!rule.sends(Self.post(host: host, origin: "http://\(host)")))
    #expect(!rule.sends(Self.post(host: host, origin: "https://\(host.lowercased())")))
    // Nobody says where a page that reads from its own host comes from, and neither does curl.
    for method in [HTTPMethod.get, .head] {
      #expect(!rule.sends(Self.post(host: host, method: method)))
      #expect(!rule.sends(Self.post(host: host, origin: "http://\(host)", method: method)))
    }
  }

  @Test(
    "Another page's origin is foreign",
    arguments: [
      "null", "", "http://", "https://evil.example", "http://127.0.0.1", "http://127.0.0.1:8081",
      "http://127.0.0.1:8080.evil.example", "http://localhost:8080", "127.0.0.1:8080", "file://",
    ])
  func foreign(origin: String) {
    #expect(rule.sends(Self.post(origin: origin)))
    #expect(rule.sends(Self.post(host: nil, origin: origin)))
    #expect(rule.sends(Self.post(origin: origin, method: .get)))
  }

  @Test(
    "A public name is foreign though it leads here",
    arguments: [
      "evil.example:8080", "evil.example", "EVIL.example.", "127.0.0.1.evil.example:80",
      "cloro.dev.evil.example", "evilcloro.dev", "localhost.com", "home.arpa.net",
    ])
  func rebinding(host: String) {
    #expect(rule.sends(Self.post(host: host, origin: "http://\(host)")))
    // To read, such a page needs no field but the host.
    #expect(rule.sends(Self.post(host: host, method: .get)))
    #expect(rule.sends(Self.post(host: host, method: .head)))
  }

  @Test(
    "The browser's verdict counts where it gives one",
    arguments: [("same-origin", false), ("none", false), ("same-site", true), ("cross-site", true)])
  func verdict(site: String, isForeign: Bool) {
    #expect(rule.sends(Self.post(site: site)) == isForeign)
    // A proxy in between may have named another host.
    #expect(rule.sends(Self.post(origin: "https://mock.example", site: site)) == isForeign)
  }

  @Test("A link is followed, and what it leads to isn't read", arguments: [HTTPMethod.get, .head])
  func reading(method: HTTPMethod) {
    #expect(!rule.sends(Self.post(site: "cross-site", mode: "navigate", method: method)))
    #expect(rule.sends(Self.post(site: "cross-site", mode: "no-cors", method: method)))
    #expect(rule.sends(Self.post(site: "cross-site", method: method)))
    #expect(rule.sends(Self.post(site: "cross-site", mode: "navigate")))
  }
}
