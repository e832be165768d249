import CloroContract
import JSON

/// What `GET /v1/countries` answers, as JSON text that is made once.
struct CountryLists: Sendable {
  private let all: [UInt8]
  /// By a model's name in lower case.
  private let ofModels: ByRevision<[String: [UInt8]]>

  init() {
    all = Self.text(Country.codes)
    ofModels = ByRevision(july: Self.texts(in: .july2026), october: Self.texts(in: .october2026))
  }

  /// The list of a model, by its name in any case; of all countries without a name.
  ///
  /// - Returns: nil when there is no such model.
  func text(for model: String?, in revision: ContractRevision) -> [UInt8]? {
    guard let model else { return all }
    return ofModels[revision][model.lowercased()]
  }

  static func text(_ codes: [String]) -> [UInt8] { JSON.array(codes.map(JSON.string)).encoded }

  private static func texts(in revision: ContractRevision) -> [String: [UInt8]] {
    let models = Country.models(in: revision)
    return Dictionary(
      uniqueKeysWithValues: models.map { model in
        (model, text(Country.listed(for: model, in: revision) ?? []))
      })
  }
}
