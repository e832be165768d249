import CloroContract
import JSON

/// A brand that an answer mentions.
public struct Mention: Sendable, Hashable {
  /// What an answer says of a brand.
  public enum Sentiment: String, Sendable, CaseIterable {
    /// It is recommended.
    case positive
    /// It is named.
    case neutral
    /// It is warned of.
    case negative
  }

  /// The brand, as it is written: 1 to 200 characters.
  public var name: String
  /// Its place among the brands of the answer, 1 to 100.
  public var rank: Int
  /// The page that the answer cites for it, an absolute http or https address; nil for a made-up
  /// one.
  public var url: String?
  /// What the answer says of it; nil for nothing in particular.
  public var sentiment: Sentiment?

  /// A brand at a rank. Without a page one is made up, and without a sentiment nothing in
  /// particular is said of it.
  public init(
    _ name: String, rank: Int, url: String? = nil, sentiment: Sentiment? = nil
  ) {
    self.name = name
    self.rank = rank
    self.url = url
    self.sentiment = sentiment
  }

  /// The mention as the control API writes it.
  var json: JSON {
    var object: JSONObject = ["name": .string(name), "rank": JSON(rank)]
    if let url { object.append("url", .string(url)) }
    if let sentiment { object.append("sentiment", .string(sentiment.rawValue)) }
    return .object(object)
  }
}

/// Which brands an answer mentions, and which it doesn't.
struct BrandScene: Sendable, Hashable {
  /// The mentions by rank.
  let mentions: [Mention]
  /// Names that must not be found in the answer, whatever their case.
  let absent: [String]

  /// The ranks that a mention may have. [chosen: more than any engine lists]
  static let ranks: ClosedRange<Int64> = 1...100
  /// The most characters of a name. [chosen]
  static let longestName = 200
  private static let expectedName = "a name of 1 to \(longestName) characters"

  /// Reads `mentions` and `absent`; problems are noted.
  ///
  /// - Returns: nil when there is neither, or something is wrong.
  static func read(_ reader: inout ObjectReader) -> BrandScene? {
    let before = reader.problems.count
    let listed = reader.readers("mentions")
    let absent = names("absent", &reader)
    guard listed != nil || absent != nil else { return nil }
    let mentions = (listed ?? []).map { entry in
      var entry = entry
      return mention(&entry)
    }
    if (listed ?? []).isEmpty, (absent ?? []).isEmpty, reader.problems.count == before {
      reader.fail(
        listed == nil ? "absent" : "mentions", "expected at least one brand, mentioned or absent")
    }
    guard reader.problems.count == before else { return nil }
    let known = mentions.compactMap(\.self)
    check(known, absent ?? [], reader.place)
    guard reader.problems.count == before else { return nil }
    return BrandScene(mentions: known.sorted { $0.rank < $1.rank }, absent: absent ?? [])
  }

  private static func mention(_ entry: inout ObjectReader) -> Mention? {
    entry.require("name")
    entry.require("rank")
    let name = entry.member("name", expected: expectedName) { self.name($0) }
    let rank = entry.integer("rank", in: ranks)
    let url = entry.member("url", expected: "an absolute http or https address") { json in
      json.string.flatMap { $0.utf8.count <= 2048 && WebAddress($0) != nil ? $0 : nil }
    }
    let sentiment = entry.choice("sentiment", of: Mention.Sentiment.self)
    entry.finish()
    guard let name, let rank else { return nil }
    return Mention(name, rank: Int(rank), url: url, sentiment: sentiment)
  }

  private static func names(_ member: String, _ reader: inout ObjectReader) -> [String]? {
    reader.array(member)?.enumerated().compactMap { index, json in
      if let name = name(json) { return name }
      reader.fail("\(member)[\(index)]", "expected \(expectedName), found \(json.typeName)")
      return nil
    }
  }

  private static func name(_ json: JSON) -> String? {
    json.string.flatMap { text in
      1...longestName ~= text.count && text.contains { !$0.isWhitespace } ? text : nil
    }
  }

  /// A name as it is compared with others: whoever looks for a brand minds neither case nor the
  /// white space around it.
  private static func compared(_ name: String) -> String {
    let start = name.lowercased().drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }

  /// Notes what contradicts itself.
  private static func check(_ mentions: [Mention], _ absent: [String], _ place: ObjectPlace) {
    for (index, mention) in mentions.enumerated() {
      let path = "mentions[\(index)]"
      for (other, earlier) in mentions[..<index].enumerated() {
        if earlier.rank == mention.rank {
          place.fail(
            "\(path).rank", "\(mention.rank) stands twice: mentions[\(other)] has it already")
        }
        if compared(earlier.name) == compared(mention.name) {
          place.fail(
            "\(path).name", "stands twice: mentions[\(other)] is about the same brand")
        }
      }
    }
    for (index, name) in absent.enumerated() {
      let wanted = compared(name)
      for (other, mention) in mentions.enumerated() {
        if mention.name.lowercased().contains(wanted) {
          place.fail(
            "absent[\(index)]",
            "\"\(ShownText.value(name))\" is mentioned too, by mentions[\(other)].name: expected "
              + "a brand that isn't")
        } else if mention.url?.lowercased().contains(wanted) == true {
          place.fail(
            "absent[\(index)]",
            "\"\(ShownText.value(name))\" stands in mentions[\(other)].url: expected a brand that "
              + "doesn't")
        }
      }
    }
  }

  /// What a program that counts brands will find otherwise than asked: a name that stands in one of
  /// a better rank is found there.
  var warnings: [String] {
    mentions.indices.flatMap { index in
      mentions[..<index].compactMap { better in
        let name = mentions[index].name
        guard better.name.lowercased().contains(name.lowercased()) else { return nil }
        return """
          mentions: "\(ShownText.value(name))" stands in "\(ShownText.value(better.name))", so a \
          search for it finds it at rank \(better.rank)
          """
      }
    }
  }
}
