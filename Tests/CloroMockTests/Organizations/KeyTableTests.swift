import Testing

@testable import CloroMock

@Suite("The table of keys")
struct KeyTableTests {
  private var table = KeyTable()
  private let organizations = [try! APIKey.make(1).organization, try! APIKey.make(2).organization]

  /// Keys named by letters; those in capitals belong to the second organization.
  private func key(_ text: String) -> APIKey {
    APIKey(text, organization: organizations[text.lowercased() == text ? 0 : 1])
  }

  private mutating func put(_ texts: String) { for text in texts { table.put(key("\(text)")) } }

  private func own(_ organization: Int) -> String {
    table.keys(of: organizations[organization].name).map(\.text).joined()
  }

  private var all: String { table.all.map(\.text).joined() }

  @Test("Keys stand in the order in which they came, each with its organization")
  mutating func order() {
    put("aBcDe")
    #expect(all == "aBcDe" && own(0) == "ace" && own(1) == "BD")
    #expect(table["c"]?.text == "c" && table["x"] == nil)
  }

  @Test("The last key that goes is the organization's last")
  mutating func last() {
    put("aBc")
    let (first, second, gone) = (table.remove("a"), table.remove("c"), table.remove("c"))
    #expect(!first && second && !gone)
    #expect(all == "B" && own(0) == "" && own(1) == "B" && table["a"] == nil)
  }

  @Test("A key that is put anew keeps its place, and may change its organization")
  mutating func replaced() {
    put("abc")
    let new = APIKey("b", organization: organizations[1])
    table.put(new)
    #expect(all == "abc" && own(0) == "ac" && own(1) == "b" && table["b"] === new)
  }

  @Test("Keys are brought into an order; the others come last, as they stood")
  mutating func sorted() {
    put("abCde")
    table.sort(["d", "x", "b", "d"])
    #expect(all == "dbaCe" && own(0) == "dbae")
    put("f")
    #expect(all == "dbaCef")
  }

  @Test("Whatever comes and goes, the order is that of those that are left")
  mutating func gaps() {
    for number in 0..<1000 { table.put(APIKey("\(number)", organization: organizations[0])) }
    for number in 0..<1000 where number % 50 != 0 { _ = table.remove("\(number)") }
    for number in 1000..<1003 { table.put(APIKey("\(number)", organization: organizations[0])) }
    let left = (0..<20).map { "\($0 * 50)" } + ["1000", "1001", "1002"]
    #expect(table.all.map(\.text) == left)
    #expect(table.keys(of: organizations[0].name).map(\.text) == left)
  }
}
