/// Countries by ISO 3166-1 alpha-2 code, and Kosovo's `XK`.
public enum Country {
  /// Every code, sorted. [source]
  public static let codes: [String] = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  private static let known = Set(codes)

  /// Whether a request, a rule or a fixture may use a code.
  public static func isKnown(_ code: String) -> Bool { contains(known, code) }

  /// Whether a set contains a code. The length in bytes is compared too, because Swift considers
  /// some longer texts equal to two letters, such as one with a Kelvin sign.
  private static func contains(_ codes: Set<String>, _ code: String) -> Bool {
    code.utf8.count == 2 && codes.contains(code)
  }

  /// How a provider takes a code that a request has sent.
  enum Standing: Sendable, Hashable {
    case supported
    /// The code is one, but the provider isn't available there.
    case blocked
    case unknown
  }

  /// How a provider takes a code, in capitals. [source]
  static func standing(of code: String, for terms: ProviderTerms) -> Standing {
    guard isKnown(code) else { return .unknown }
    return terms.blockedCountries.contains(code) ? .blocked : .supported
  }

  // MARK: The list

  /// The countries in which Google shows no AI Overview. They are a filter of the list only: a
  /// request may name each of them. [source]
  private static let withoutOverview = ByRevision<Set<String>>(
    set("BL BV CN CU ET GF GP IR IS LK MF MQ NC PF PM RE TF WF YT"))
  private static let overviewModel = "aioverview"

  static func set(_ codes: String) -> Set<String> {
    Set(codes.split(separator: " ").map(String.init))
  }

  /// The values of the `model` parameter of `GET /v1/countries`, in lower case and sorted.
  public static func models(in revision: ContractRevision) -> [String] { models[revision] }

  private static let models = ByRevision(
    (Provider.allCases.map(\.rawValue) + [overviewModel]).sorted())

  /// The codes that `GET /v1/countries` lists.
  ///
  /// - Parameter model: A model's name, in any case; nil asks for all countries.
  /// - Returns: nil when there is no such model.
  public static func listed(for model: String?, in revision: ContractRevision) -> [String]? {
    guard let model else { return codes }
    // Some letters outside ASCII become ASCII letters in lower case.
    guard model.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
    let name = model.lowercased()
    let blocked: Set<String>
    if name == overviewModel {
      blocked = withoutOverview[revision]
    } else {
      guard let provider = Provider(rawValue: name) else { return nil }
      blocked = provider.row.terms[revision].blockedCountries
    }
    return codes.filter { !blocked.contains($0) }
  }
}
