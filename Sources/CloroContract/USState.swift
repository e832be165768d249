/// A state of the USA, or the District of Columbia, by its USPS code.
public struct USState: Sendable, Hashable {
  public let code: String
  public let name: String

  /// The 50 states and DC, in the order of their names.
  public static let all: [USState] = [
    USState(code: "AL", name: "Alabama"),
    USState(code: "AK", name: "Alaska"),
    USState(code: "AZ", name: "Arizona"),
    USState(code: "AR", name: "Arkansas"),
    USState(code: "CA", name: "California"),
    USState(code: "CO", name: "Colorado"),
    USState(code: "CT", name: "Connecticut"),
    USState(code: "DE", name: "Delaware"),
    USState(code: "DC", name: "District of Columbia"),
    USState(code: "FL", name: "Florida"),
    USState(code: "GA", name: "Georgia"),
    USState(code: "HI", name: "Hawaii"),
    USState(code: "ID", name: "Idaho"),
    USState(code: "IL", name: "Illinois"),
    USState(code: "IN", name: "Indiana"),
    USState(code: "IA", name: "Iowa"),
    USState(code: "KS", name: "Kansas"),
    USState(code: "KY", name: "Kentucky"),
    USState(code: "LA", name: "Louisiana"),
    USState(code: "ME", name: "Maine"),
    USState(code: "MD", name: "Maryland"),
    USState(code: "MA", name: "Massachusetts"),
    USState(code: "MI", name: "Michigan"),
    USState(code: "MN", name: "Minnesota"),
    USState(code: "MS", name: "Mississippi"),
    USState(code: "MO", name: "Missouri"),
    USState(code: "MT", name: "Montana"),
    USState(code: "NE", name: "Nebraska"),
    USState(code: "NV", name: "Nevada"),
    USState(code: "NH", name: "New Hampshire"),
    USState(code: "NJ", name: "New Jersey"),
    USState(code: "NM", name: "New Mexico"),
    USState(code: "NY", name: "New York"),
    USState(code: "NC", name: "North Carolina"),
    USState(code: "ND", name: "North Dakota"),
    USState(code: "OH", name: "Ohio"),
    USState(code: "OK", name: "Oklahoma"),
    USState(code: "OR", name: "Oregon"),
    USState(code: "PA", name: "Pennsylvania"),
    USState(code: "RI", name: "Rhode Island"),
    USState(code: "SC", name: "South Carolina"),
    USState(code: "SD", name: "South Dakota"),
    USState(code: "TN", name: "Tennessee"),
    USState(code: "TX", name: "Texas"),
    USState(code: "UT", name: "Utah"),
    USState(code: "VT", name: "Vermont"),
    USState(code: "VA", name: "Virginia"),
    USState(code: "WA", name: "Washington"),
    USState(code: "WV", name: "West Virginia"),
    USState(code: "WI", name: "Wisconsin"),
    USState(code: "WY", name: "Wyoming"),
  ]

  /// The states of a country, for the list and for requests: only the USA has any. [source]
  ///
  /// - Parameter country: A code in capitals.
  public static func states(of country: String, in revision: ContractRevision) -> [USState] {
    country == "US" ? listed[revision] : []
  }

  private static let listed = ByRevision(all)
}
