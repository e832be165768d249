import CloroContract
import JSON

/// What agents may read: the rules and descriptions that the double publishes of itself.
struct AgentResources: Sendable {
  private struct Resource: Sendable {
    let uri: String
    let name: String
    let text: String
    let type: String
    let content: @Sendable (DescriptionOperations) -> [UInt8]
  }

  private static let scheme = "cloro-mock://"

  private let description: DescriptionOperations
  private let all: [Resource]

  init(_ description: DescriptionOperations) {
    self.description = description
    all =
      [
        Resource(
          uri: Self.scheme + "conformance", name: "conformance",
          text: "Every rule of the contract, with its evidence.", type: "application/json"
        ) { $0.conformance() },
        Resource(
          uri: Self.scheme + "fixture.schema", name: "fixture.schema",
          text: "The JSON schema of fixture files.", type: "application/schema+json"
        ) { $0.fixtureSchema() },
      ]
      + ContractRevision.allCases.map { revision in
        Resource(
          uri: Self.scheme + "openapi/\(revision.rawValue)", name: "openapi-\(revision.rawValue)",
          text: "The OpenAPI description of contract \(revision.rawValue).",
          type: "application/json"
        ) { $0.openapi(of: nil, revision) }
      }
      + EmbeddedFiles.folder("scenes").map { name, _ in
        Resource(
          uri: Self.scheme + "scenes/\(name)", name: name, text: "A scene, as a fixture.",
          type: "application/json"
        ) { _ in Array(EmbeddedFiles.file("scenes/\(name)")) }
      }
      + ArticleText.names.map { name in
        Resource(
          uri: Self.scheme + "articles/\(name)", name: name, text: "An article of the manual.",
          type: "text/markdown"
        ) { _ in Array(ArticleText.named(name).utf8) }
      }
  }

  /// The answer to `resources/list`.
  var list: JSON {
    .array(
      all.map {
        [
          "uri": .string($0.uri), "name": .string($0.name), "description": .string($0.text),
          "mimeType": .string($0.type),
        ]
      })
  }

  /// The answer to `resources/templates/list`.
  var templates: JSON {
    [
      [
        "uriTemplate": .string(Self.scheme + "openapi/{revision}"), "name": "openapi",
        "description": "The OpenAPI description of a contract's revision.",
        "mimeType": "application/json",
      ],
      [
        "uriTemplate": .string(Self.scheme + "articles/{name}"), "name": "articles",
        "description": "An article of the manual.", "mimeType": "text/markdown",
      ],
      [
        "uriTemplate": .string(Self.scheme + "scenes/{name}"), "name": "scenes",
        "description": "A scene, as a fixture.", "mimeType": "application/json",
      ],
    ]
  }

  /// A resource's content.
  ///
  /// - Throws: ``AgentError`` −32602 when there is none of that address.
  func read(_ uri: String) throws(AgentError) -> JSON {
    guard let resource = all.first(where: { $0.uri.hasSameBytes(as: uri) }) else {
      throw .unknown(.params, "resource", uri, all.map(\.uri))
    }
    return [
      [
        "uri": .string(uri), "mimeType": .string(resource.type),
        "text": .string(String(decoding: resource.content(description), as: UTF8.self)),
      ]
    ]
  }
}
