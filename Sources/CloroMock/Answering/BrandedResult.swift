import CloroContract
import HTTPServer
import JSON
import Simulation

/// A provider's result about given brands: each of its lists has them by rank, each text names them
/// in this order, and what is made up around them has none of their names.
struct BrandedResult {
  private let input: ResultRenderer.Input
  private let scene: BrandScene
  private let names: BrandNames
  /// The names by rank, the first at 0; ranks that no mention has are made up.
  private let ranked: [String]
  private let mentions: [Int: Mention]
  /// How many ranks there are, at least two, as the templates have two brands.
  private var count: Int { ranked.count }

  /// - Parameter result: Rendered with marks in the places of brands.
  static func make(
    of result: JSON, for input: ResultRenderer.Input, _ scene: BrandScene
  ) -> JSON {
    guard let object = result.object else { return result }
    return .object(BrandedResult(input, scene).branded(object))
  }

  private init(_ input: ResultRenderer.Input, _ scene: BrandScene) {
    self.input = input
    self.scene = scene
    let names = BrandNames(
      without: scene.absent + scene.mentions.map(\.name), question: input.request.question,
      seed: input.seed)
    self.names = names
    let mentions = Dictionary(uniqueKeysWithValues: scene.mentions.map { ($0.rank, $0) })
    self.mentions = mentions
    ranked = (1...max(2, scene.mentions.last?.rank ?? 0)).map { rank in
      mentions[rank]?.name ?? names.filler(rank)
    }
  }

  private func branded(_ rendered: JSONObject) -> JSONObject {
    var object = citing(rendered)
    if let overview = object["aioverview"]?.object {
      object["aioverview"] = .object(answer(citing(overview)))
    }
    object = answer(object)
    for (name, path) in Self.lists {
      if let list = object[name]?.array { object[name] = .array(self.list(list, path)) }
    }
    for name in ["organicResults", "newsResults"] {
      if let list = object[name]?.array { object[name] = .array(page(list)) }
    }
    if let queries = object["search_model_queries"],
      queries.hasString(where: { names.isForbidden($0) })
    {
      // It repeats the question, and may be left out.
      object["search_model_queries"] = nil
    }
    return finished(object)
  }

  // MARK: Texts

  /// An answer's texts, sources and citations.
  private func answer(_ original: JSONObject) -> JSONObject {
    var object = original
    let cited = object["sources"]?.array ?? []
    let hasSources = cited.count >= 2
    if hasSources {
      object["sources"] = .array(sources(cited))
      if let pills = object["citationPills"]?.array, pills.count >= 2 {
        object["citationPills"] = .array(self.pills(pills, cited))
      }
    }
    for name in ["text", "markdown"] {
      guard var text = object[name]?.string else { continue }
      if input.request.provider == .perplexity, hasSources, count > 2 {
        text = text.replacing("[3]", with: "[\(count + 1)]")
      }
      object[name] = .string(text + (name == "text" ? tail : markdownTail(cited)))
    }
    if let html = object["html"]?.string, html.hasPrefix("<"),
      let end = html.firstRange(of: "</div>")
    {
      object["html"] = .string(html[..<end.lowerBound] + htmlTail + html[end.lowerBound...])
    }
    if let raw = object["rawResponse"] {
      object["rawResponse"] = Self.appending(tail, toLastWith: BrandMark.name(2), in: raw)
    }
    return object
  }

  /// The ranks from the third on: the texts have two brands already.
  private var others: ClosedRange<Int>? { count > 2 ? 3...count : nil }

  private var tail: String {
    var text = ""
    if let others {
      let marks = others.map(BrandMark.name)
      let list =
        marks.count == 1
        ? marks[0] : marks.dropLast().joined(separator: ", ") + " and " + marks[marks.count - 1]
      text += " Next in line: \(list)."
    }
    return text + opinions.map { " " + $0 }.joined()
  }

  private func markdownTail(_ cited: [JSON]) -> String {
    var text = ""
    if let others {
      let rows = others.map { rank in
        let link = cited.count < 2 ? "" : " ([\(rank)](\(address(rank, cited))))"
        return "\(rank). **\(BrandMark.name(rank))**\(link)\n"
      }
      text += "\n" + rows.joined()
    }
    return opinions.isEmpty ? text : text + "\n" + opinions.joined(separator: " ") + "\n"
  }

  private var htmlTail: String {
    let rows = (others.map(Array.init) ?? []).map { "<li>\(BrandMark.name($0))</li>" }
    let list = rows.isEmpty ? "" : "<ol start=\"3\">\(rows.joined())</ol>"
    return list + (opinions.isEmpty ? "" : "<p>\(opinions.joined(separator: " "))</p>")
  }

  /// What is said of brands whose mention has a sentiment.
  private var opinions: [String] {
    scene.mentions.compactMap { mention in
      let mark = BrandMark.name(mention.rank)
      return switch mention.sentiment {
      case .positive: "Owners speak well of \(mark)."
      case .neutral: "Opinions of \(mark) are divided."
      case .negative: "Owners advise against \(mark)."
      case nil: nil
      }
    }
  }

  private static func appending(_ tail: String, toLastWith mark: String, in json: JSON) -> JSON {
    switch json {
    case .string(let text): return .string(text.contains(mark) ? text + tail : text)
    case .array(var elements):
      guard let place = elements.lastIndex(where: { $0.hasString { $0.contains(mark) } }) else {
        return json
      }
      elements[place] = appending(tail, toLastWith: mark, in: elements[place])
      return .array(elements)
    case .object(let object):
      return .object(
        JSONObject(
          object.members.map { .init($0.name, appending(tail, toLastWith: mark, in: $0.value)) }))
    default: return json
    }
  }

  // MARK: Sources and citations

  /// A result in which the first two sources' addresses are the ones that are cited, wherever they
  /// stand.
  private func citing(_ object: JSONObject) -> JSONObject {
    var changes: [(String, String)] = []
    let sources = object["sources"]?.array ?? []
    for (index, source) in sources.prefix(2).enumerated() where sources.count >= 2 {
      guard mentions[index + 1]?.url != nil, let url = source["url"]?.string else { continue }
      changes.append((url, BrandMark.address(index + 1)))
      changes.append((Self.encoded(url), BrandMark.encodedAddress(index + 1)))
    }
    guard !changes.isEmpty else { return object }
    let changed = JSON.object(object).mapStrings { text in
      changes.reduce(text) { text, change in
        text.contains(change.0) ? text.replacing(change.0, with: change.1) : text
      }
    }
    return changed.object ?? object
  }

  /// The address that is cited for a brand.
  ///
  /// - Parameter cited: The sources, two of which the template has.
  private func address(_ rank: Int, _ cited: [JSON]) -> String {
    if mentions[rank]?.url != nil { return BrandMark.address(rank) }
    if rank <= 2, let url = cited[rank - 1]["url"]?.string { return url }
    // Another page of the site of either template's source, whichever isn't cited itself.
    return "https://\(made(rank)).example.com/guides/\(rank)"
  }

  private func host(_ rank: Int, _ cited: [JSON]) -> String {
    if mentions[rank]?.url != nil { return BrandMark.host(rank) }
    return Self.host(of: address(rank, cited))
  }

  /// The name of a made-up site.
  private func made(_ rank: Int) -> String { names.filler(rank + 120).lowercased() }

  private static func host(of url: String) -> String {
    let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
    let ends: Set<Character> = ["/", "?", "#", ":"]
    return String(url[start...].prefix { !ends.contains($0) })
  }

  private func sources(_ cited: [JSON]) -> [JSON] {
    let first = Self.host(of: cited[0]["url"]?.string ?? "")
    let ranks = (1...count).map { rank -> JSON in
      var source = about(cited[0], rank)
      let (url, host) = (address(rank, cited), host(rank, cited))
      if host != first, !first.isEmpty {
        source = source.mapStrings { $0.replacing("//" + first, with: "//" + host) }
      }
      guard var object = source.object else { return source }
      object["url"] = .string(url)
      object["position"] = JSON(rank)
      relink(&object, to: rank, url)
      if object["siteName"] != nil { object["siteName"] = .string(host) }
      return .object(object)
    }
    return ranks + rest(of: cited)
  }

  private func pills(_ pills: [JSON], _ cited: [JSON]) -> [JSON] {
    let ranks = (1...count).map { rank -> JSON in
      guard var object = about(pills[0], rank).object else { return pills[0] }
      let url = address(rank, cited)
      object["url"] = .string(url)
      object["domain"] = .string(host(rank, cited))
      object["position"] = JSON(rank)
      relink(&object, to: rank, url)
      return .object(object)
    }
    return ranks + rest(of: pills)
  }

  /// What stands behind the two brands of a template.
  private func rest(of elements: [JSON]) -> [JSON] {
    elements.dropFirst(2).map { element in
      guard var object = element.object, let position = object["position"]?.integer else {
        return element
      }
      object["position"] = .integer(position - 2 + Int64(count))
      return .object(object)
    }
  }

  private func relink(_ object: inout JSONObject, to rank: Int, _ url: String) {
    guard object["redirectLink"] != nil else { return }
    let target =
      mentions[rank]?.url != nil ? BrandMark.encodedAddress(rank) : Self.encoded(url)
    object["redirectLink"] = .string("https://www.google.com/goto?url=" + target)
  }

  private static func encoded(_ text: String) -> String {
    var output = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"):
        output.unicodeScalars.append(Unicode.Scalar(byte))
      case _ where "-._~".utf8.contains(byte): output.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        output += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return output
  }

  // MARK: Lists

  /// The lists that have an entry for each brand, and the member in which the entries stand when
  /// the list holds groups of them.
  private static let lists: [(name: String, entries: String?)] = [
    ("entities", nil), ("map", nil), ("shoppingCards", "products"),
    ("shopping_cards", "products"), ("inlineProducts", nil), ("localResults", nil),
    ("places", nil),
  ]

  private func list(_ list: [JSON], _ entries: String?) -> [JSON] {
    guard let entries else { return entriesByRank(list) }
    guard list.contains(where: { $0[entries]?.array != nil }) else { return entriesByRank(list) }
    return list.map { group in
      guard var object = group.object, let inner = object[entries]?.array else { return group }
      object[entries] = .array(entriesByRank(inner))
      return .object(object)
    }
  }

  /// The first entry for each brand, then those that are about none.
  private func entriesByRank(_ list: [JSON]) -> [JSON] {
    guard let first = list.first, first.hasString(where: { $0.contains(BrandMark.name(1)) }) else {
      return list
    }
    let others = list.dropFirst().filter { entry in
      !entry.hasString { $0.contains(BrandMark.name(1)) || $0.contains(BrandMark.name(2)) }
    }
    let entries = (1...count).map { rank in positioned(numbered(about(first, rank), rank), rank) }
    return entries
      + others.enumerated().map { positioned($1, count + $0 + 1, from: first) }
  }

  private func positioned(_ entry: JSON, _ rank: Int, from first: JSON? = nil) -> JSON {
    guard var object = entry.object else { return entry }
    // AI Mode counts its cards from 0 in one revision, places are counted by index.
    for name in ["position", "index"] {
      if let start = (first?[name] ?? object[name])?.integer {
        object[name] = .integer(start + Int64(rank) - 1)
      }
    }
    if let product = object["product"], product["position"] != nil {
      object["product"] = positioned(product, rank)
    }
    return .object(object)
  }

  /// An entry about another brand: its identifiers and addresses are others, too.
  private func numbered(_ entry: JSON, _ rank: Int) -> JSON {
    var entry = entry
    if let sentiment = mentions[rank]?.sentiment {
      entry = Self.replacing("sentiment", by: .string(sentiment.rawValue), in: entry)
    }
    guard rank > 1 else { return entry }
    return Self.numbered(entry, rank)
  }

  private static let identifiers: Set<String> = [
    "id", "productId", "offerId", "groupId", "brandGroupId", "placeId", "catalogId", "gpcId",
    "shop_id", "checkout_payload",
  ]

  private static func numbered(_ entry: JSON, _ rank: Int, of name: String = "") -> JSON {
    switch entry {
    case .string(let text):
      if identifiers.contains(name) { return .string("\(text)-\(rank)") }
      if name == "type" || name == "cite" { return .string(turned(text, rank)) }
      return .string(text.hasPrefix("https://") ? numbered(address: text, rank) : text)
    case .array(let elements): return .array(elements.map { numbered($0, rank, of: name) })
    case .object(let object):
      return .object(
        JSONObject(
          object.members.map { .init($0.name, numbered($0.value, rank, of: $0.name)) }))
    default: return entry
    }
  }

  /// `turn0business1` of another rank.
  private static func turned(_ text: String, _ rank: Int) -> String {
    guard text.hasPrefix("turn0"), let digit = text.last?.wholeNumberValue else { return text }
    return text.dropLast() + "\(digit + rank - 1)"
  }

  private static func numbered(address: String, _ rank: Int) -> String {
    let end = address.firstIndex { $0 == "?" || $0 == "#" } ?? address.endIndex
    let path = address[..<end]
    let name = path.lastIndex(of: "/") ?? path.endIndex
    let dot = path[name...].lastIndex(of: ".") ?? end
    return "\(address[..<dot])-\(rank)\(address[dot...])"
  }

  private static func replacing(_ name: String, by value: JSON, in entry: JSON) -> JSON {
    switch entry {
    case .array(let elements): .array(elements.map { replacing(name, by: value, in: $0) })
    case .object(let object):
      .object(
        JSONObject(
          object.members.map { member in
            .init(
              member.name,
              member.name == name ? value : replacing(name, by: value, in: member.value))
          }))
    default: entry
    }
  }

  /// A page of results, the first of which are each about the brand of their rank.
  private func page(_ list: [JSON]) -> [JSON] {
    guard !list.isEmpty else { return list }
    let last = list[list.count - 1]["page"]
    return (0..<max(count, list.count)).map { index in
      let isAdded = index >= list.count
      guard var object = list[index % list.count].object else { return list[index % list.count] }
      let rank = index + 1
      if isAdded {
        object = Self.numbered(.object(object), rank).object ?? object
        object["position"] = JSON(rank)
        if let last { object["page"] = last }
        if let link = object["link"]?.string { relink(&object, to: 0, link) }
      }
      return index < count ? result(object, rank) : .object(object)
    }
  }

  private func result(_ original: JSONObject, _ rank: Int) -> JSON {
    guard var object = about(.object(original), rank).object else { return .object(original) }
    let mark = BrandMark.name(rank)
    if let title = object["title"]?.string, !title.contains(mark) {
      object["title"] = .string("\(mark): \(title)")
    }
    guard mentions[rank]?.url != nil else { return .object(object) }
    object["link"] = .string(BrandMark.address(rank))
    if let shown = object["displayedLink"]?.string {
      let scheme = shown.hasPrefix("https://") ? "https://" : ""
      object["displayedLink"] = .string(scheme + BrandMark.host(rank))
    }
    relink(&object, to: rank, "")
    return .object(object)
  }

  /// The value about one brand, whatever brands it was about.
  private func about(_ json: JSON, _ rank: Int) -> JSON {
    json.mapStrings { text in
      text.replacing(BrandMark.name(1), with: BrandMark.name(0xFF))
        .replacing(BrandMark.name(2), with: BrandMark.name(0xFF))
        .replacing(BrandMark.name(0xFF), with: BrandMark.name(rank))
    }
  }

  // MARK: Names

  /// Members with identifiers, and those with one of a few words where these are in lower case
  /// or in capitals alone: a place's `type` is a text, a citation's is not.
  private static let identities: Set<String> = [
    "model", "conversation_id", "conversationId", "token", "uuid", "o", "p", "currency",
    "currencySymbol", "product_event_uuid",
  ]
  private static let choices: Set<String> = [
    "type", "kind", "role", "status", "event", "medium", "engine", "render_as", "visibility",
    "blockPosition", "sentiment", "layout", "provider", "providers",
  ]

  private static func isMachineRead(_ text: String, of name: String) -> Bool {
    if identities.contains(name) { return true }
    return choices.contains(name)
      && (text.first?.isLowercase ?? true || text.utf8.allSatisfy { !(0x61...0x7A ~= $0) })
  }

  private static let words: Set<String> = [
    "https", "http", "www", "google", "com", "example", "org", "net",
  ]
  private static let tags: Set<String> = [
    "div", "class", "answer", "h2", "p", "b", "ul", "ol", "li", "a", "href", "start",
  ]

  /// The result without forbidden names in what is made up, and with the given ones.
  private func finished(_ object: JSONObject) -> JSONObject {
    let members = object.members.map { member -> JSONObject.Member in
      // Links to the double's own pages stay.
      let isLink = member.name == "html" && !(member.value.string?.hasPrefix("<") ?? false)
      guard !isLink else { return member }
      let cleared = member.value.mapStrings(of: member.name) { text, name in
        Self.isMachineRead(text, of: name)
          ? text : names.cleared(text, keeping: Self.kept(in: text))
      }
      return .init(member.name, cleared.mapStrings(filled))
    }
    return JSONObject(members)
  }

  private static func kept(in text: String) -> Set<String> {
    if text.hasPrefix("<") { return words.union(tags) }
    return text.contains("://") ? words : []
  }

  private func filled(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { BrandMark.meaning(of: $0) != nil }) else {
      return text
    }
    var output = ""
    for scalar in text.unicodeScalars {
      guard let (kind, rank) = BrandMark.meaning(of: scalar), 1...count ~= rank else {
        output.unicodeScalars.append(scalar)
        continue
      }
      let url = mentions[rank]?.url ?? ""
      switch kind {
      case .name:
        output +=
          text.hasPrefix("https://")
          ? Self.encoded(ranked[rank - 1])
          : text.hasPrefix("<") ? HTMLPage.escaped(ranked[rank - 1]) : ranked[rank - 1]
      case .address: output += text.hasPrefix("<") ? HTMLPage.escaped(url) : url
      case .host: output += Self.host(of: url)
      case .encodedAddress: output += Self.encoded(url)
      }
    }
    return output
  }
}
