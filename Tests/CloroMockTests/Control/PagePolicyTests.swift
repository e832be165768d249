import Testing

@testable import CloroMock

@Suite("Page policy")
struct PagePolicyTests {
  @Test("Style and script are named by their hashes, and nothing else may load or run")
  func hashes() {
    let policy = PagePolicy.text(for: Array("<p><style>abc</style><script></script>".utf8))
    let sources = policy.split(separator: "; ").map(String.init)
    // The two examples of FIPS 180-4.
    #expect(
      sources.contains("style-src 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='"))
    #expect(
      sources.contains("script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"))
    #expect(sources.contains("default-src 'none'"))
    #expect(sources.contains("connect-src 'self'"))
  }

  @Test("The page leads to the manual where that is published, else to the double's own text")
  func manual() {
    let html = Array(EmbeddedFiles.file("page"))
    #expect(PageRoutes.page(html, withManualAt: nil) == html)
    let page = PageRoutes.page(html, withManualAt: "https://manual.example/a?b&c=\"d\"")
    let text = String(decoding: page, as: UTF8.self)
    #expect(text.contains(#"href="https://manual.example/a?b&amp;c=&quot;d&quot;" target="#))
    #expect(!text.contains("llms-full.txt"))
    #expect(PagePolicy.text(for: page) == PagePolicy.text(for: html))
  }
}
