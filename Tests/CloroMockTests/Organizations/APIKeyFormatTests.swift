import Testing

@testable import CloroMock

@Suite("Form of API keys")
struct APIKeyFormatTests {
  static let digits = "0123456789abcdef0123456789abcdef"

  @Test(
    "Live and test keys with 32 lower-case hexadecimal digits are keys",
    arguments: ["sk_live_", "sk_test_"])
  func good(prefix: String) {
    #expect(APIKeyFormat.isValid(prefix + Self.digits))
    #expect(APIKeyFormat.isValid(PlanCatalogue.defaultKey))
  }

  @Test(
    "Anything else is none",
    arguments: [
      "", "sk_live_", "\(digits)", "sk_live_\(digits.dropLast())", "sk_live_\(digits)0",
      "sk_live_\(digits.uppercased())", "SK_LIVE_\(digits)", "sk_prod_\(digits)",
      "sk-live-\(digits)", "sk_live_g\(digits.dropFirst())", " sk_live_\(digits.dropFirst())",
      "sk_live_\(digits.dropLast())\n", "sk_live_\(digits.dropLast(2))é",
      "sk_live_０\(digits.dropLast(3))",
    ] as [String])
  func bad(key: String) {
    #expect(!APIKeyFormat.isValid(key))
  }
}
