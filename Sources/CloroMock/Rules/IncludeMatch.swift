import CloroContract
import JSON

/// A condition on what a question asks for in `include`.
public struct IncludeMatch: Sendable, Hashable {
  /// Flags that are asked for.
  let wanted: Include
  /// Flags that are not asked for.
  let unwanted: Include
  /// The condition as it was given.
  let json: JSON
  /// Names that aren't flags, with what is wrong.
  private let problems: [JSONProblem]

  /// All these flags, by their names in a request, such as `shopping` or `aioverview.markdown`.
  public static func all(_ flags: [String]) -> IncludeMatch {
    IncludeMatch(.array(flags.map(JSON.string)))
  }

  /// Whether a question's flags meet the condition.
  func holds(for include: Include) -> Bool {
    include.isSuperset(of: wanted) && include.isDisjoint(with: unwanted)
  }

  private init(_ json: JSON) {
    self.json = json
    let problems = JSONProblems()
    var (wanted, unwanted): (Include, Include) = ([], [])
    func note(_ name: String, _ isWanted: Bool, at path: String) {
      guard let flag = Include.named.first(where: { $0.name.hasSameBytes(as: name) })?.flag else {
        let alternatives = ObjectReader.alternatives(to: name, in: Include.named.map(\.name))
        return problems.add(path, "\"\(ShownText.value(name))\" is no flag\(alternatives)")
      }
      if isWanted { wanted.insert(flag) } else { unwanted.insert(flag) }
    }
    switch json {
    case .string(let name): note(name, true, at: "")
    case .array(let names):
      for (index, name) in names.enumerated() {
        if let name = name.string {
          note(name, true, at: "[\(index)]")
        } else {
          problems.add("[\(index)]", "expected the name of a flag, found \(name.typeName)")
        }
      }
    case .object(let object):
      for member in object.members {
        let path = ".\(ShownText.value(member.name))"
        if let isWanted = member.value.bool {
          note(member.name, isWanted, at: path)
        } else if let isWanted = member.value["markdown"]?.bool, member.name == "aioverview",
          member.value.object?.members.count == 1
        {
          note("aioverview", true, at: path)
          note("aioverview.markdown", isWanted, at: path)
        } else {
          problems.add(path, "expected true or false, found \(member.value.typeName)")
        }
      }
    default:
      problems.add(
        "", "expected names of flags, or an object with true or false, found \(json.typeName)")
    }
    self.wanted = wanted
    self.unwanted = unwanted
    self.problems = problems.list
  }

  /// A member that is such a condition: `"shopping"`, `["shopping", "html"]` or `{"html": false}`.
  static func member<Root>(
    _ name: String, _ property: WritableKeyPath<Root, IncludeMatch?> & Sendable
  ) -> ObjectMember<Root> {
    ObjectMember(
      name, property,
      read: { reader, name in
        guard let json = reader.value(name) else { return nil }
        let match = IncludeMatch(json)
        match.check(at: reader.place, name)
        return match.problems.isEmpty ? match : nil
      },
      check: { match, place in match.check(at: place, name) }, json: \.json)
  }

  private func check(at place: ObjectPlace, _ name: String) {
    for problem in problems { place.fail(name + problem.path, problem.message) }
  }

  public static func == (left: IncludeMatch, right: IncludeMatch) -> Bool {
    left.json == right.json
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(json) }
}
