import CloroMock
import Testing

@Suite("A double's port of https")
struct SecurePortTests {
  @Test("is there when it is asked for, with an authority for clients to trust")
  func isThere() async throws {
    var configuration = MockConfiguration()
    configuration.tlsPort = 0
    let mock = try MockServer(configuration)
    #expect(mock.secureURL == nil)
    let url = try mock.start()
    let port = try #require(mock.boundTLSPort)
    #expect(mock.secureURL == "https://127.0.0.1:\(port)")
    #expect(url == "http://127.0.0.1:\(mock.boundPort)")
    let certificate = try mock.authorityCertificate()
    #expect(certificate.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
    #expect(!certificate.contains("PRIVATE KEY"))
    #expect(try mock.authorityCertificate() == certificate)
    await mock.stop()
    #expect(mock.secureURL == nil)
  }

  @Test("is absent otherwise, and each double has an authority of its own")
  func isAbsent() async throws {
    let (one, other) = (try MockServer(), try MockServer())
    _ = try one.start()
    #expect(one.secureURL == nil && one.boundTLSPort == nil)
    #expect(try one.authorityCertificate() != other.authorityCertificate())
    await one.stop()
    await other.stop()
  }

  @Test("needs certificates that can be used, and has no authority where they are files")
  func files() async throws {
    var configuration = MockConfiguration()
    configuration.certificates = .files(certificate: "/nowhere/a.pem", key: "/nowhere/b.pem")
    let mock = try MockServer(configuration)
    #expect {
      try mock.start()
    } throws: { error in
      guard case MockStartError.tls(let reason) = error else { return false }
      return reason.isOfFiles && "\(error)".contains("/nowhere/a.pem can't be read")
    }
    await mock.stop()
  }
}
