import JSON

/// The plans that the double knows: the built-in ones and those of fixture files.
public struct PlanCatalogue: Sendable {
  /// One thing that is wrong with a fixture file.
  public struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// The file's name, as it was given.
    public let file: String
    /// Where in the file, e.g. `rateLimit.refill` or `keys[0].key`; empty for the file as a whole.
    public let path: String
    /// What is wrong, and what was expected.
    public let message: String

    /// A problem at a place of a file. The default place is the file as a whole.
    public init(file: String, path: String = "", message: String) {
      self.file = file
      self.path = path
      self.message = message
    }

    /// `file: json.path: what is wrong`.
    public var description: String {
      "\(file): \(JSONProblem(path: path, message: message).description)"
    }
  }

  /// What is wrong with fixture files.
  public struct Invalid: Error, Sendable, CustomStringConvertible {
    /// Each problem with its place.
    public let list: [Problem]

    /// An error that tells these problems.
    public init(_ list: [Problem]) { self.list = list }

    /// `file: json.path: what is wrong`, one per problem.
    public var problems: [String] { list.map(\.description) }

    public var description: String { problems.joined(separator: "\n") }
  }

  /// The JSON schema of fixture files.
  public static var schema: [UInt8] { Array(EmbeddedFiles.file("schema")) }

  /// The names of the built-in plans, smallest first.
  public static let builtInNames = EmbeddedFiles.folder("plans").map(\.name)

  /// The built-in fixtures beside the plans, by the name that stands in place of a file's.
  public static func builtInFixture(_ name: String) -> [UInt8]? {
    name == "magic" ? Array(EmbeddedFiles.file(name)) : nil
  }

  /// The key that the built-in plans use, of the organization ``defaultOrganization``.
  public static let defaultKey = "sk_live_0000000000000000000000000000c10a"
  /// The built-in plans' only organization.
  public static let defaultOrganization = "demo"
  /// The plan that applies when none is named.
  public static let defaultPlan = "hobby"

  /// All plans by name.
  public private(set) var plans: [String: Plan]
  /// The names of the built-in plans, smallest first, then those of fixtures as loaded.
  public private(set) var names: [String]
  /// The names of the plans that came from fixture files, in order.
  public private(set) var fixtureNames: [String] = []
  /// What can be used in the fixture files but is probably a mistake: `file: json.path: what`.
  public private(set) var warnings: [String] = []
  /// The keys that fixtures revoke. Kept, because a reset asks for them with each organization.
  private(set) var revokedKeys: Set<ByteText> = []

  /// The built-in plans.
  public init() {
    plans = [:]
    names = []
    let problems = JSONProblems()
    for file in EmbeddedFiles.folder("plans") {
      // The files don't extend one another, so their order doesn't matter.
      let plan = FixtureReader(plans: [:]).read(Array(file.bytes), problems: problems)
      names.append(file.name)
      plans[file.name] = plan
    }
    precondition(problems.list.isEmpty, "A built-in plan is invalid: \(problems.list)")
  }

  /// Adds the plans of fixture files.
  ///
  /// - Parameters:
  ///   - files: Names and contents, in order; a plan may extend one of an earlier file.
  ///   - folder: The folder of a file by its name, where the bodies are that its stubs name; by
  ///     default they may name none.
  /// - Throws: ``Invalid`` with every problem of every file; in that case nothing is added.
  public mutating func add(
    _ files: [(name: String, bytes: [UInt8])], folder: (String) -> String? = { _ in nil }
  ) throws(Invalid) {
    let before = self
    var problems: [Problem] = []
    var keys: [String: String] = [:]
    for file in files {
      let found = JSONProblems()
      let plan = FixtureReader(plans: plans, files: BodyFiles(folder: folder(file.name)))
        .read(file.bytes, problems: found)
      problems += found.list.map {
        Problem(file: file.name, path: $0.path, message: $0.message)
      }
      guard let plan else { continue }
      for (index, stub) in plan.stubs.enumerated() {
        warnings += stub.warnings.map { "\(file.name): responses[\(index)].\($0)" }
      }
      for (index, entry) in plan.keys.enumerated() {
        if let other = keys[entry.key], other != file.name {
          problems.append(
            Problem(
              file: file.name, path: "keys[\(index)].key", message: "stands in \(other) too"))
        }
        keys[entry.key] = file.name
      }
      if plans.updateValue(plan, forKey: plan.name) == nil { names.append(plan.name) }
      fixtureNames.removeAll { $0 == plan.name }
      fixtureNames.append(plan.name)
    }
    let references = FixtureReferences(files)
    problems += references.problems
    warnings += references.warnings.map(\.description)
    guard problems.isEmpty else {
      self = before
      throw Invalid(problems)
    }
    let entries = fixtureNames.compactMap { plans[$0] }.flatMap(\.keys)
    revokedKeys = Set(entries.filter(\.isRevoked).map { ByteText($0.key) })
  }
}
