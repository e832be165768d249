/// Countries by ISO 3166-1 alpha-2 code.
public enum Country {
  /// Every code of ISO 3166-1, in the standard's order by country name.
  public static let codes: [String] = """
    AF AX AL DZ AS AD AO AI AQ AG AR AM AW AU AT AZ BS BH BD BB BY BE BZ BJ BM BT BO BQ BA BW
    BV BR IO BN BG BF BI CV KH CM CA KY CF TD CL CN CX CC CO KM CG CD CK CR CI HR CU CW CY CZ
    DK DJ DM DO EC EG SV GQ ER EE SZ ET FK FO FJ FI FR GF PF TF GA GM GE DE GH GI GR GL GD GP
    GU GT GG GN GW GY HT HM VA HN HK HU IS IN ID IR IQ IE IM IL IT JM JP JE JO KZ KE KI KP KR
    KW KG LA LV LB LS LR LY LI LT LU MO MG MW MY MV ML MT MH MQ MR MU YT MX FM MD MC MN ME MS
    MA MZ MM NA NR NP NL NC NZ NI NE NG NU NF MK MP NO OM PK PW PS PA PG PY PE PH PN PL PT PR
    QA RE RO RU RW BL SH KN LC MF PM VC WS SM ST SA SN RS SC SL SG SX SK SI SB SO ZA GS SS ES
    LK SD SR SJ SE CH SY TW TJ TZ TH TL TG TK TO TT TN TR TM TC TV UG UA AE GB US UM UY UZ VU
    VE VN VG VI WF EH YE ZM ZW
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  /// The codes that `GET /v1/countries` lists.
  public static func listed(in revision: ContractRevision) -> [String] { listed[revision] }

  private static let listed = ByRevision(codes)

  /// The codes that the double's own members accept: all of ISO's, and Kosovo's.
  private static let known = Set(codes).union(["XK"])

  /// Whether a rule or a fixture may use a code.
  public static func isKnown(_ code: String) -> Bool { isOne(of: known, code) }

  /// The codes that a request may use; nil allows any text.
  private static let accepted = ByRevision<Set<String>?>(july: nil, october: known)

  /// Whether a request may use a code.
  static func isAccepted(_ code: String, in revision: ContractRevision) -> Bool {
    guard let accepted = accepted[revision] else { return true }
    return isOne(of: accepted, code)
  }

  private static func isOne(of codes: Set<String>, _ code: String) -> Bool {
    // The length in bytes is compared too, because Swift considers some longer texts equal to two
    // letters, such as one with a Kelvin sign.
    code.utf8.count == 2 && codes.contains(code)
  }

  /// The values of the `model` parameter of `GET /v1/countries`.
  public static func models(in revision: ContractRevision) -> [String] {
    Provider.rows.flatMap { $0.terms[revision].countryModels }.sorted()
  }
}
