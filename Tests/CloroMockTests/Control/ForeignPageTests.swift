import HTTPServer
import Testing

@testable import CloroMock

@Suite("Foreign pages")
struct ForeignPageTests {
  private static func post(
    host: String? = "127.0.0.1:8080", origin: String? = nil, site: String? = nil,
    method: HTTPMethod = .post
  ) -> HTTPRequest {
    var fields = HTTPFields()
    if let host { fields.append("Host", host) }
    if let origin { fields.append("Origin", origin) }
    if let site { fields.append("Sec-Fetch-Site", site) }
    return HTTPRequest(method: method, path: "/_mock/reset", fields: fields)
  }

  @Test("Who is no browser is never concerned", arguments: [nil, "evil.example", "127.0.0.1:8080"])
  func others(host: String?) {
    #expect(!ForeignPage.sends(Self.post(host: host)))
  }

  @Test(
    "The double's own page passes, by whatever private address it was opened",
    arguments: [
      "127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080", "cloro-mock:8080", "mock",
      "192.168.0.7", "host.docker.internal:8080", "mock.localhost", "build.local:1", "mock.test",
    ])
  func own(host: String) {
    #expect(!ForeignPage.sends(Self.post(host: host, origin: "http://\(host)")))
    #expect(!ForeignPage.sends(Self.post(host: host, origin: "https://\(host.lowercased())")))
  }

  @Test(
    "Another page's origin is foreign",
    arguments: [
      "null", "", "http://", "https://evil.example", "http://127.0.0.1", "http://127.0.0.1:8081",
      "http://127.0.0.1:8080.evil.example", "http://localhost:8080", "127.0.0.1:8080", "file://",
    ])
  func foreign(origin: String) {
    #expect(ForeignPage.sends(Self.post(origin: origin)))
    #expect(ForeignPage.sends(Self.post(host: nil, origin: origin)))
  }

  @Test(
    "A public name is foreign though it leads here",
    arguments: ["evil.example:8080", "evil.example", "EVIL.example.", "127.0.0.1.evil.example:80"])
  func rebinding(host: String) {
    #expect(ForeignPage.sends(Self.post(host: host, origin: "http://\(host)")))
  }

  @Test(
    "The browser's verdict counts where it gives one",
    arguments: [("same-origin", false), ("none", false), ("same-site", true), ("cross-site", true)])
  func verdict(site: String, isForeign: Bool) {
    #expect(ForeignPage.sends(Self.post(site: site)) == isForeign)
    // A proxy in between may have named another host.
    #expect(ForeignPage.sends(Self.post(origin: "https://mock.example", site: site)) == isForeign)
  }

  @Test("Reading is left to the browser's own rules", arguments: [HTTPMethod.get, .head])
  func reading(method: HTTPMethod) {
    #expect(
      !ForeignPage.sends(
        Self.post(origin: "https://evil.example", site: "cross-site", method: method)))
  }
}
