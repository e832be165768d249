import HTTPServer
import Testing

@testable import CloroMock

@Suite("Callers that are recognized")
struct CallerTableTests {
  private func head(_ key: APIKey) -> RequestHead {
    var fields = HTTPFields()
    fields.append("Authorization", "Bearer \(key.text)")
    return HTTPRequest(path: "/v1/credits", fields: fields).head
  }

  @Test("The same head is recognized until keys have been removed, and then nobody is kept")
  func removed() throws {
    let mock = try MockServer()
    let directory = mock.organizations
    let table = CallerTable(directory, allowsOverrides: false)
    weak var gone: Organization?
    let kept = head(try #require(directory.keys.first))
    for _ in 0..<20 {
      do {
        let key = try directory.mint(KeyOrder(settings: KeySettings()))
        gone = key.organization
        let head = head(key)
        let caller = try table.caller(of: head).get()
        #expect(caller.key === key)
        #expect(try table.caller(of: head).get() === caller)
        _ = try directory.remove(key.text)
        #expect(throws: CallerTable.Unauthenticated.self) { try table.caller(of: head).get() }
      }
      let before = try table.caller(of: kept).get()
      #expect(try table.caller(of: kept).get() === before)
      #expect(gone == nil)
    }
  }
}
