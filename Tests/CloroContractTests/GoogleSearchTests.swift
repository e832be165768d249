import Testing

@testable import CloroContract

@Suite("Google's search addresses")
struct GoogleSearchTests {
  @Test(
    "A web search is read from its address",
    arguments: [
      ("https://www.google.com/search?q=tents", "tents", nil),
      ("https://google.co.uk/search?q=a+b&gl=gb&num=30", "a b", "GB"),
      ("http://www.google.de/search?hl=de&q=%C3%BC&num=11#top", "ü", nil),
      ("HTTPS://WWW.GOOGLE.COM.AU:8443/search?q=%20x%20&q=y&gl=+", "x", nil),
      (" https:\\\\google.com/a/../search?q=best crm ü\n", "best crm ü", nil),
      ("https://user:word@www.google.com/./search?tbs=x&gl=De&q=x?y=z", "x?y=z", "DE"),
    ] as [(String, String, String?)])
  func search(url: String, question: String, country: String?) throws {
    let search = try GoogleSearch(url)
    #expect(search.question == question && search.country == country)
  }

  @Test(
    "num is read as a whole number, and ten results are a page",
    arguments: [
      ("", 1), ("num=10", 1), ("num=11", 2), ("num=30abc", 3), ("num=%2021", 3), ("num=+95", 10),
      ("num=abc", 1), ("num=-5", 1), ("num=0", 1), ("num=1000", 10), ("num=2.9", 1), ("num=", 1),
      ("num=9223372036854775807", 10), ("num=-9223372036854775808", 1),
      ("num=99999999999999999999", 10), ("num=20&num=30", 2),
    ])
  func pages(parameter: String, pages: Int) throws {
    #expect(try GoogleSearch("https://google.com/search?q=x&\(parameter)").pages == pages)
  }

  @Test("A place keeps its plus sign, which in a question is a space")
  func place() throws {
    let search = try GoogleSearch("https://google.com/search?q=a+b&uule=w+CAIQ%2BI&hl=DE")
    #expect(search.question == "a b" && search.uule == "w+CAIQ+I" && search.language == "de")
    #expect(try GoogleSearch("https://google.com/search?q=a&uule=&uule=x").uule == nil)
  }

  @Test(
    "Anything else is refused for the first thing that is wrong with it",
    arguments: [
      ("/search?q=x", .malformed), ("", .malformed),
      ("ftp://www.google.com/search?q=x", .malformed),
      ("https://", .malformed), ("https://google.com:99999/search?q=x", .malformed),
      ("https://goo gle.com/search?q=x", .malformed), ("google.com/search?q=x", .malformed),
      ("https://news.google.com/maps?tbm=nws", .otherHost),
      ("https://google.evil.example/search?q=x", .otherHost),
      ("https://www.google.com.evil.example/search?q=x", .otherHost),
      ("https://notgoogle.com/search?q=x", .otherHost), ("http://[::1]/search?q=x", .otherHost),
      ("https://google/search?q=x", .otherHost), ("https://google.info/search?q=x", .otherHost),
      ("https://www.google.com./search?q=x", .otherHost),
      ("https://www.google.com/maps?tbm=nws", .otherPath),
      ("https://www.google.com/search/?q=x", .otherPath), ("https://google.com", .otherPath),
      ("https://www.google.com/search?tbm=nws", .otherKind),
      ("https://www.google.com/search?q=x&tbm", .otherKind),
      ("https://www.google.com/search", .noQuestion),
      ("https://www.google.com/search?q=%20", .noQuestion),
      ("https://www.google.com/search?q=&q=x", .noQuestion),
    ] as [(String, GoogleSearch.Refusal)])
  func refused(url: String, refusal: GoogleSearch.Refusal) {
    #expect(throws: refusal) { try GoogleSearch(url) }
  }
}
