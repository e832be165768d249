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

  @Test("The fixture schema allows the statuses that are read, those of the contract among them")
  func schema() throws {
    var folders = URL(filePath: #filePath)
    for _ in 0..<4 { folders.deleteLastPathComponent() }
    let file = folders.appending(path: "Fixtures/schema/fixture.schema.json")
    let schema = try JSON(parsing: Array(Data(contentsOf: file)))
    let status = schema["$defs"]?["status"]
    #expect(status?["minimum"]?.integer == DocumentedError.statuses.lowerBound)
    #expect(status?["maximum"]?.integer == DocumentedError.statuses.upperBound)
    for status in DocumentedError.errors.keys {
      #expect(DocumentedError.statuses.contains(Int64(status)))
    }
  }
}
