import HTTPServer
import Testing

@testable import CloroMock

@Suite("A request for a proxy")
struct ProxyRulesTests {
  private static func verdict(
    _ target: String, connects: Bool = true, letsThrough: Bool = false, token: String? = nil,
    credentials: String? = nil, isFromLoopback: Bool = true, isProxied: Bool = false,
    host: String = "127.0.0.1"
  ) -> ProxyRules.Verdict {
    var fields = HTTPFields()
    if let credentials { fields.append("Proxy-Authorization", credentials) }
    let request = HTTPRequest(
      method: connects ? .connect : .get, fields: fields, authority: target, isProxied: isProxied)
    return ProxyRules(letsThrough: letsThrough, token: token, ownName: host) { [8080, 8443] }
      .verdict(on: request.head, isFromLoopback: { isFromLoopback })
  }

  @Test(
    "for cloro's API is answered in its place", arguments: [true, false],
    ["api.cloro.dev:443", "API.Cloro.Dev:443", "api.cloro.dev.:443", "api.cloro.dev:0443"])
  func intercepted(letsThrough: Bool, target: String) {
    #expect(Self.verdict(target, letsThrough: letsThrough) == .intercept)
  }

  @Test("for another port of cloro's API never leaves", arguments: [true, false])
  func otherPort(letsThrough: Bool) {
    let target = "api.cloro.dev:80"
    #expect(Self.verdict(target, letsThrough: letsThrough) == .refuse(.otherPort(target)))
  }

  @Test(
    "for another host is refused or let through",
    arguments: [
      "example.com:443", "cloro.dev:443", "xapi.cloro.dev:443", "api.cloro.dev.example.com:443",
      "[::1]:8443", "127.0.0.1:8080",
    ])
  func otherHost(target: String) {
    #expect(Self.verdict(target) == .refuse(.otherHost(target)))
    #expect(Self.verdict(target, letsThrough: true) == .tunnel(ProxyTarget(target)))
  }

  @Test("has its host without brackets")
  func parts() {
    #expect(ProxyTarget("[::1]:443").host == "::1")
    #expect(ProxyTarget("[::1]:443").port == 443)
    #expect(ProxyTarget("[::1]") == ProxyTarget("[::1]"))
    #expect(ProxyTarget("[::1]").port == nil)
    #expect(ProxyTarget("a.B:80").host == "a.B")
    #expect(ProxyTarget("a").port == nil)
  }

  @Test(
    "in absolute form is answered for cloro's API",
    arguments: ["api.cloro.dev", "api.cloro.dev:80", "api.cloro.dev:443", "API.cloro.dev."])
  func absolute(target: String) {
    #expect(Self.verdict(target, connects: false) == .answer)
  }

  @Test(
    "in absolute form is passed on to nobody", arguments: [true, false],
    [
      "example.com", "example.com:8080", "api.cloro.dev:81", "localhost", "127.0.0.1:80",
    ])
  func absoluteOther(letsThrough: Bool, target: String) {
    #expect(
      Self.verdict(target, connects: false, letsThrough: letsThrough) == .refuse(.plain(target)))
  }

  @Test(
    "in absolute form may name the double itself, and is then for no proxy",
    arguments: [
      "127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080", "localhost:8443",
      "Double.test:8080",
    ])
  func own(target: String) {
    #expect(
      Self.verdict(
        target, connects: false, token: "secret", isFromLoopback: false, host: "double.test")
        == .answer)
  }

  @Test("comes from this machine unless there is a token")
  func loopback() {
    for connects in [true, false] {
      #expect(
        Self.verdict("api.cloro.dev:443", connects: connects, isFromLoopback: false)
          == .refuse(.foreign))
    }
    #expect(
      Self.verdict("example.com:443", letsThrough: true, isFromLoopback: false) == .refuse(.foreign)
    )
    #expect(
      Self.verdict(
        "api.cloro.dev:443", token: "secret", credentials: "Bearer secret", isFromLoopback: false)
        == .intercept)
  }

  @Test(
    "with a token has to carry it",
    arguments: [
      ("Bearer se:cret", true), ("bearer  se:cret", true), ("BEARER se:cret", true),
      // any:se:cret, :se:cret
      ("Basic YW55OnNlOmNyZXQ=", true), ("basic YW55OnNlOmNyZXQ", true),
      ("Basic OnNlOmNyZXQ=", true),
      // se:cret: the password is cret
      ("Basic c2U6Y3JldA==", false),
      // any:se:creT, any
      ("Basic YW55OnNlOmNyZVQ=", false), ("Basic YW55", false), ("Basic *", false),
      ("Basic ", false), ("Bearer se:creT", false), ("Bearer se:cre", false),
      ("Bearer se:cret2", false), ("Bearer", false), ("se:cret", false), ("Digest se:cret", false),
      (nil, false),
    ])
  func token(credentials: String?, isRight: Bool) {
    let verdict = Self.verdict("api.cloro.dev:443", token: "se:cret", credentials: credentials)
    #expect(verdict == (isRight ? .intercept : .refuse(.unauthorized)))
    let absolute = Self.verdict(
      "api.cloro.dev", connects: false, token: "se:cret", credentials: credentials)
    #expect(absolute == (isRight ? .answer : .refuse(.unauthorized)))
  }

  @Test("behind a CONNECT asks nobody again, and is for cloro's API alone")
  func intercepted() {
    #expect(
      Self.verdict("api.cloro.dev", connects: false, token: "secret", isProxied: true) == .answer)
    #expect(
      Self.verdict("example.com", connects: false, isProxied: true)
        == .refuse(.plain("example.com"))
    )
  }

  @Test("for another host is refused with the way to allow it")
  func hint() {
    let error = ProxyRefusal.otherHost("example.com:443").error
    #expect(error.status == 403)
    #expect(error.message.contains("example.com:443"))
    #expect(error.message.contains("--proxy tunnel"))
    #expect(error.message.contains("CLORO_MOCK_PROXY=tunnel"))
  }
}
