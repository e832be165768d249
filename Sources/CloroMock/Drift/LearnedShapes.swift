import CloroContract
import JSON

/// Which members recorded results have, how often and of what types and forms, beside those of
/// the results that the double makes up.
package struct LearnedShapes: Sendable {
  /// How often a member is there.
  enum Presence: String, Sendable {
    case always
    case sometimes
    case never

    init(_ share: Double) { self = share >= 1 ? .always : share > 0 ? .sometimes : .never }
  }

  /// In what a member differs from the double's typical answers.
  enum Difference: String, Sendable {
    /// The double never has it.
    case unknown
    /// It is never there, though at least half of the double's typical answers have it.
    case missing
    /// It is there much less often than in the double's typical answers.
    case rarer
    /// It is there much more often.
    case commoner
    /// It has a type that the double's never has.
    case type
  }

  struct Member: Sendable {
    let path: String
    /// In which part of the objects that could have it it was recorded: 0 to 1.
    let share: Double
    let types: [String]
    let formats: [String]
    /// The same for what the double makes up, by style.
    let double: [AnswerStyle: Double]
    let difference: Difference?
  }

  struct Row: Sendable {
    let provider: Provider
    let recordings: Int
    let members: [Member]
  }

  let rows: [Row]

  /// From which difference of shares on a member counts as rarer or commoner.
  private static let tolerance = 0.25

  /// Learns from a folder of recordings.
  ///
  /// - Throws: What is wrong with the files, one problem a line.
  package init(folder: String) throws(DriftFailure) {
    let recordings = try DriftRecordings.read(folder).map(\.recording).filter { $0.status == 200 }
    guard recordings.contains(where: { $0.provider != nil }) else {
      throw DriftFailure(reason: "\(folder): there is no recording of an answered question")
    }
    rows = Provider.allCases.compactMap { provider in
      let own = recordings.filter { $0.provider == provider }
      return own.isEmpty ? nil : Self.row(provider, own)
    }
  }

  /// The styles in the order in which they are shown.
  static let styles = AnswerShapes.allCases.flatMap { shapes in
    AnswerVariety.allCases.map { AnswerStyle(shapes: shapes, variety: $0) }
  }

  private static func row(_ provider: Provider, _ recordings: [Recording]) -> Row {
    var recorded = ResultShape()
    var asked: Set<AskedForm> = []
    for recording in recordings {
      recorded.learn(recording.answer.json)
      if let request = recording.question(in: recording.contract)?.request {
        asked.insert(AskedForm(request: request, contract: recording.contract))
      }
    }
    var doubles: [AnswerStyle: ResultShape] = [:]
    for style in styles {
      var shape = ResultShape()
      for form in asked {
        KnownResults(form.contract).learn(form.request, style, &shape)
      }
      doubles[style] = shape
    }
    var paths = recorded.memberPaths
    for style in styles {
      paths += (doubles[style]?.memberPaths ?? []).filter { !paths.contains($0) }
    }
    let members = paths.map { member($0, recorded, doubles) }
    return Row(provider: provider, recordings: recordings.count, members: members)
  }

  /// A question but for its text, and its revision.
  private struct AskedForm: Hashable {
    let request: MonitorRequest
    let contract: ContractRevision
  }

  private static func member(
    _ path: String, _ recorded: ResultShape, _ doubles: [AnswerStyle: ResultShape]
  ) -> Member {
    let share = recorded.share(of: path) ?? 0
    let known = recorded.members[path]
    let shares = doubles.mapValues { $0.share(of: path) ?? 0 }
    let types = known?.types.keys.sorted() ?? []
    let ownTypes = doubles.values.flatMap { $0.members[path]?.types.keys.map(\.self) ?? [] }
    let typical = AnswerShapes.allCases.map {
      shares[AnswerStyle(shapes: $0, variety: .typical)] ?? 0
    }
    let (least, most) = (typical.min() ?? 0, typical.max() ?? 0)
    let canBeThere = recorded.share(of: path) != nil
    let difference: Difference? =
      if shares.values.allSatisfy({ $0 == 0 }) {
        .unknown
      } else if !types.allSatisfy(ownTypes.contains) {
        .type
      } else if !canBeThere {
        nil
      } else if share == 0, least >= 0.5 {
        .missing
      } else if share < least - tolerance {
        .rarer
      } else if share > most + tolerance {
        .commoner
      } else {
        nil
      }
    return Member(
      path: path, share: share, types: types, formats: known?.formats.keys.sorted() ?? [],
      double: shares, difference: difference)
  }

  // MARK: Forms

  package var json: JSON {
    func rounded(_ share: Double) -> JSON { .decimal((share * 1000).rounded() / 1000) }
    let rows = rows.map { row -> JSON in
      let members = row.members.map { member -> JSON in
        let double = AnswerShapes.allCases.map { shapes in
          JSONObject.Member(
            shapes.rawValue,
            .object(
              JSONObject(
                AnswerVariety.allCases.map { variety in
                  let style = AnswerStyle(shapes: shapes, variety: variety)
                  let share = member.double[style] ?? 0
                  return JSONObject.Member(variety.rawValue, .string(Presence(share).rawValue))
                })))
        }
        return [
          "path": .string(member.path), "presence": .string(Presence(member.share).rawValue),
          "share": rounded(member.share), "types": .array(member.types.map(JSON.string)),
          "formats": .array(member.formats.map(JSON.string)), "double": .object(JSONObject(double)),
          "difference": JSON(member.difference?.rawValue),
        ]
      }
      return [
        "provider": .string(row.provider.rawValue), "recordings": JSON(row.recordings),
        "members": .array(members),
      ]
    }
    return ["providers": .array(rows)]
  }

  package var text: String {
    var lines: [String] = []
    for row in rows {
      lines.append("\(row.provider.rawValue): \(row.recordings) recorded")
      var table = [["  member", "recorded", "types and forms", "typical double", ""]]
      for member in row.members {
        let live = AnswerStyle(shapes: .live, variety: .typical)
        table.append([
          "  " + ShownText.value(member.path), Self.shown(member.share),
          (member.types + member.formats).joined(separator: " "),
          Self.shown(member.double[live] ?? 0), member.difference?.rawValue ?? "",
        ])
      }
      let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
      for cells in table {
        let padded = cells.enumerated().map { column, text in
          text + String(repeating: " ", count: widths[column] - text.count)
        }
        let line = padded.joined(separator: "  ")
        lines.append(String(line.reversed().drop { $0 == " " }.reversed()))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func shown(_ share: Double) -> String {
    let presence = Presence(share)
    guard presence == .sometimes else { return presence.rawValue }
    return "sometimes, \(max(1, min(99, Int(share * 100 + 0.5)))) %"
  }
}

extension ResultShape {
  /// The paths of all members, without those of elements and of the whole.
  var memberPaths: [String] { paths.filter { !$0.isEmpty && !$0.hasSuffix("[]") } }

  /// In which part of the objects that could have it a member was: 0 to 1; nil when there was no
  /// such object.
  func share(of path: String) -> Double? {
    let parent = path.lastIndex(of: ".").map { String(path[..<$0]) } ?? ""
    guard let whole = objects[parent], whole > 0 else { return nil }
    return Double(members[path]?.count ?? 0) / Double(whole)
  }
}
