import CloroContract
import JSON

/// Lists of countries and states, whether the service was asked or a recording has them.
extension DriftComparison {
  /// The codes that the list of all countries lacks and has more, which those of the models then
  /// lack or have too.
  struct ChangedCountries {
    var lost: Set<String> = []
    var new: Set<String> = []
  }

  /// - Parameter model: The model's name; nil for the list of all.
  mutating func compareCountries(
    _ found: JSON, with expected: JSON, model: String?, _ probe: DriftProbe
  ) {
    let codes = found.array?.compactMap(\.string)
    guard let codes, codes.count == found.array?.count else {
      return note(
        .type, probe.rules[0], "GET \(probe.path)", expected: "array of string",
        found: .string(found.typeName), asked: probe.name)
    }
    guard let expected = expected.array?.compactMap(\.string) else { return }
    var (known, rest) = (expected, codes)
    if model == nil {
      changedCountries = ChangedCountries(
        lost: Set(expected).subtracting(codes), new: Set(codes).subtracting(expected))
    } else {
      known = expected.filter { !changedCountries.lost.contains($0) }
      rest = codes.filter {
        !changedCountries.new.contains($0) && !changedCountries.lost.contains($0)
      }
    }
    compareCodes(
      rest, with: known, rule: probe.rules[0], path: "GET \(probe.path)", asked: probe.name)
  }

  mutating func compareStates(_ found: JSON, with expected: JSON, _ probe: DriftProbe) {
    var shape = ResultShape()
    shape.learn(expected)
    let rule = probe.rules[0]
    compareMembers(
      found, with: shape, place: "GET \(probe.path)", joint: " ", rules: (rule, rule, rule),
      asked: probe.name)
    func codes(_ list: JSON) -> [String] { list.array?.compactMap { $0["code"]?.string } ?? [] }
    // Without codes there is nothing further to say.
    guard !codes(found).isEmpty else { return }
    compareCodes(
      codes(found), with: codes(expected), rule: rule, path: "GET \(probe.path)",
      asked: probe.name)
  }
}
