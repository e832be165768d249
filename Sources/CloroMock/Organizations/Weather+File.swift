import JSON

extension Weather {
  /// The members that a weather may have and a fixture may not.
  private static let own = ["about", "errors", "taskFailures"]

  /// A weather by the content of its file.
  ///
  /// - Parameters:
  ///   - path: The file's name, in the texts of problems. Without folder and ending it is the name
  ///     by which reasons call the weather.
  ///   - bytes: The file's content.
  /// - Throws: `PlanCatalogue.Invalid` with everything that is wrong with it.
  public init(file path: String, _ bytes: [UInt8]) throws(PlanCatalogue.Invalid) {
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: bytes)
    } catch {
      throw PlanCatalogue.Invalid([
        PlanCatalogue.Problem(file: path, message: "not JSON: \(error)")
      ])
    }
    let problems = JSONProblems()
    guard ObjectReader(json, problems: problems) != nil else { throw Self.invalid(path, problems) }
    let file = path.split(separator: "/").last.map(String.init) ?? path
    self.init(json, name: file.hasSuffix(".json") ? String(file.dropLast(5)) : file)
    guard check(at: ObjectPlace(problems: problems)) else { throw Self.invalid(path, problems) }
  }

  private static func invalid(_ path: String, _ problems: JSONProblems) -> PlanCatalogue.Invalid {
    PlanCatalogue.Invalid(
      problems.list.map { PlanCatalogue.Problem(file: path, path: $0.path, message: $0.message) })
  }

  /// Whether a file is a weather and no fixture: it has no plan, but a member that only a weather
  /// has.
  public static func isWeather(_ bytes: [UInt8]) -> Bool {
    guard let object = (try? JSON(parsing: bytes))?.object, object["plan"] == nil else {
      return false
    }
    return own.contains { object[$0] != nil }
  }
}
