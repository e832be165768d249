import CloroMock
import Foundation
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

@Suite("Recipe: a shop's tests", .timeLimit(.minutes(5)))
struct ShopTests {
  @Test("An answer costs 7 credits, and without them there is none")
  func credits() async throws {
    try await withMock { mock in
      let key = try await mock.mint(credits: 13).key
      #expect(try await ask("Which laptop?", mock.url, key) == 200)
      #expect(try await ask("Which phone?", mock.url, key) == 403)
      #expect(try await mock.ledger(key: key).balance == 6)
    }
  }

  /// What stands for your own client.
  private func ask(_ question: String, _ url: String, _ key: String) async throws -> Int? {
    var request = URLRequest(url: URL(string: "\(url)/v1/monitor/chatgpt")!)
    request.httpMethod = "POST"
    request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
    request.httpBody = Data(#"{"prompt": "\#(question)", "country": "US"}"#.utf8)
    let (_, response) = try await URLSession.shared.data(for: request)
    return (response as? HTTPURLResponse)?.statusCode
  }
}
