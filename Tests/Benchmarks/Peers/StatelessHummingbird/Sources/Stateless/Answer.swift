import Hummingbird

struct Question: Decodable {
  let prompt: String
  let country: String
}

/// What the double answers to the question of the benchmarks; the fields that it hasn't got are
/// left out.
struct Answer: ResponseCodable {
  let success: Bool
  let result: Content

  struct Content: Codable {
    let text: String
    let sources: [Source]
    let model: String
    let entities: [Entity]
    let map: [Place]
    let citationPills: [CitationPill]
  }

  struct Source: Codable {
    let position: Int
    let url: String
    let label: String
    let description: String
    let footnote: Bool
    let datePublished: String?
  }

  struct Entity: Codable {
    let type: String
    let name: String
  }

  struct Place: Codable {
    let id: String
    let provider: String
    let name: String
    let position: Int
    let address: String
    let latitude: Double
    let longitude: Double
    let categories: [String]
    let rating: Double
    let reviewCount: Int
    let description: String
    let phone: String
    let websiteUrl: String
  }

  struct CitationPill: Codable {
    let url: String
    let label: String
    let domain: String
    let datePublished: String?
    let citationPillId: Int
    let type: String
    let position: Int
  }
}
