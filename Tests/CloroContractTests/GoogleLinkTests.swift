import Testing

@testable import CloroContract

@Suite("Google's redirect links")
struct GoogleLinkTests {
  @Test("A redirect link leads where it says")
  func redirect() {
    let link = "https://www.google.com/goto?url=https%3A%2F%2Fshop.example.com%2Fa%3Fb%3Dc"
    #expect(GoogleLink.isRedirect(link))
    #expect(GoogleLink.target(of: link) == "https://shop.example.com/a?b=c")
    #expect(
      GoogleLink.target(of: "https://google.com/url?q=https://a.example/") == "https://a.example/")
    #expect(GoogleLink.target(of: "https://www.google.com/goto?x=1") == nil)
    for other in ["https://www.google.de/goto?url=x", "https://www.google.com/search?q=x"] {
      #expect(!GoogleLink.isRedirect(other))
    }
  }
}
