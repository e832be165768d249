import CloroContract
import Foundation
import JSON
import Testing

@testable import CloroMock

@Suite("Errors that rules name")
struct RuleErrorTests {
  @Test("Each has the status that it stands under, in every revision")
  func statuses() {
    for (status, errors) in DocumentedError.errors {
      for revision in ContractRevision.allCases {
        #expect(errors.map { $0.form(in: revision).status }.allSatisfy { $0 == status })
      }
    }
  }

  @Test("The fixture schema has their statuses and no other")
  func schema() throws {
    var folders = URL(filePath: #filePath)
    for _ in 0..<4 { folders.deleteLastPathComponent() }
    let file = folders.appending(path: "Fixtures/schema/fixture.schema.json")
    let schema = try JSON(parsing: Array(Data(contentsOf: file)))
    let statuses = schema["$defs"]?["status"]?["enum"]?.array?.compactMap {
      $0.integer.map { Int($0) }
    }
    #expect(statuses == DocumentedError.errors.keys.sorted())
  }
}
