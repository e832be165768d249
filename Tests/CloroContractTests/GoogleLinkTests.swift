import JSON
import Testing

@testable import CloroContract

@Suite("Google's addresses")
struct GoogleLinkTests {
  @Test(
    "A web search is read from its address",
    arguments: [
      ("https://www.google.com/search?q=tents", "tents", nil, 1),
      ("https://google.co.uk/search?q=a+b&gl=gb&num=30", "a b", "GB", 3),
      ("http://www.google.de/search?hl=de&q=%C3%BC&num=11#top", "ü", nil, 2),
      ("https://www.google.com.au/search?q=x&num=1000", "x", nil, 10),
      ("https://www.google.com/search?q=x&num=0", "x", nil, 1),
      ("https://www.google.com/search?q=x&num=-9223372036854775808", "x", nil, 1),
      ("https://www.google.com/search?q=x&num=9223372036854775807", "x", nil, 10),
    ] as [(String, String, String?, Int)])
  func search(url: String, question: String, country: String?, pages: Int) throws {
    let search = try GoogleLink.search(url).get()
    #expect(search.question == question && search.country == country && search.pages == pages)
  }

  @Test(
    "Anything else is none",
    arguments: [
      "/search?q=x", "https://www.google.com/maps?q=x", "https://google.evil.example/search?q=x",
      "https://www.google.com.evil.example/search?q=x", "https://notgoogle.com/search?q=x",
      "ftp://www.google.com/search?q=x", "https://www.google.com/search",
      "https://www.google.com/search?q=", "https://www.google.com/search?q=x&tbm=nws", "",
    ])
  func noSearch(url: String) {
    #expect(throws: GoogleLink.Refusal.self) { try GoogleLink.search(url).get() }
  }

  @Test("A search's question is as long as a query may be, and not longer", arguments: [0, 1])
  func longest(excess: Int) {
    let question = String(repeating: "x", count: 10_000 + excess)
    let url = "https://www.google.com/search?q=\(question)"
    let body: JSON = ["url": .string(url), "country": "US"]
    switch MonitorRequest.validate(body, for: .google, in: .october2026) {
    case .valid(let request): #expect(excess == 0 && request.question == question)
    case .invalid(let issues):
      let message = "Url must have a q parameter of at most 10000 characters"
      #expect(excess == 1 && issues == [FieldIssue("url", message)])
    }
  }

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
