import CloroContract
import JSON

/// Compares recorded lists, and the form of a recorded report of credits, with the double's.
struct DriftCalls {
  private let revision: ContractRevision
  /// The rules that the recordings show.
  private(set) var checked: Set<String> = []
  /// The codes in which the list of all countries differs: those of the models then do, too.
  private var changed: Set<String> = []

  init(_ revision: ContractRevision) { self.revision = revision }

  /// Compares recordings of calls that ask no provider.
  mutating func compare(_ files: [RecordingFolder.File], _ comparison: inout DriftComparison) {
    // The list of all countries goes first.
    for file in files.sorted(by: { $0.recording.path.count < $1.recording.path.count }) {
      let parts = file.recording.path.split(separator: "?", maxSplits: 1).map(String.init)
      let query = QueryString(parts.count > 1 ? parts[1] : nil)
      switch parts[0] {
      case "/v1/countries": compareCountries(file, query["model"], &comparison)
      case "/v1/states": compareStates(file, query["country"] ?? "", &comparison)
      case RecordedCalls.credits:
        // The free plan has no cycle.
        let forms: [JSON] = [
          ["remaining": 0, "perCycle": 0, "cycleResetsAt": ""],
          ["remaining": 0, "perCycle": nil, "cycleResetsAt": nil],
        ]
        compareMembers(file, with: forms, rule: "credits.report", &comparison)
      default: break
      }
    }
  }

  private mutating func compareCountries(
    _ file: RecordingFolder.File, _ model: String?, _ comparison: inout DriftComparison
  ) {
    guard let expected = Country.listed(for: model, in: revision) else { return }
    let rule = model == nil ? "countries.list" : "countries.blocked"
    compareMembers(file, with: [.array(expected.map(JSON.string))], rule: rule, &comparison)
    let found = file.recording.answer.json.array?.compactMap(\.string) ?? []
    // Of a list of something else that is what there is to say.
    guard !found.isEmpty else { return }
    if model == nil { changed = Set(expected).symmetricDifference(found) }
    let same = { (code: String) in model == nil || !changed.contains(code) }
    comparison.compareCodes(
      found.filter(same), with: expected.filter(same), rule: rule,
      path: "GET \(file.recording.path)", asked: file.name)
  }

  private mutating func compareStates(
    _ file: RecordingFolder.File, _ country: String, _ comparison: inout DriftComparison
  ) {
    let states = USState.states(of: country, in: revision)
    let rule = states.isEmpty ? "states.elsewhere" : "states.list"
    let rows = states.map { ["code": .string($0.code), "name": .string($0.name)] as JSON }
    compareMembers(file, with: [.array(rows)], rule: rule, &comparison)
    let found = file.recording.answer.json.array?.compactMap { $0["code"]?.string } ?? []
    guard states.isEmpty || !found.isEmpty else { return }
    comparison.compareCodes(
      found, with: states.map(\.code), rule: rule, path: "GET \(file.recording.path)",
      asked: file.name)
  }

  private mutating func compareMembers(
    _ file: RecordingFolder.File, with forms: [JSON], rule: String,
    _ comparison: inout DriftComparison
  ) {
    checked.insert(rule)
    var shape = ResultShape()
    for form in forms { shape.learn(form) }
    comparison.compareMembers(
      file.recording.answer.json, with: shape, place: "GET \(file.recording.path)", joint: " ",
      rules: (rule, rule, rule), asked: file.name)
  }
}
