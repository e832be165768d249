import JSON
import Ledger
import Simulation

/// A snapshot as a document, before its organizations are read: when it was taken, and how the
/// double was started.
public struct SnapshotDocument: Sendable {
  /// The version of the form that this double writes, and the newest that it reads.
  public static let schemaVersion: Int64 = 1

  /// Why a document can't be used.
  public struct Invalid: Error, Sendable {
    /// Every problem with its path.
    public let problems: [JSONProblem]
  }

  /// When it was taken, on the clock of the double that has taken it.
  public let at: Timestamp
  /// How that clock ran.
  public let clock: ClockMode
  let defaults: OrganizationSettings.Defaults
  /// The whole document.
  let json: JSON

  /// Reads a document's beginning.
  ///
  /// - Throws: ``Invalid`` for another document, and for one of a newer version.
  public init(parsing bytes: [UInt8]) throws(Invalid) {
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: bytes)
    } catch {
      throw Invalid(problems: [JSONProblem(path: "", message: "is not JSON: \(error)")])
    }
    try self.init(json)
  }

  init(_ json: JSON) throws(Invalid) {
    let problems = JSONProblems()
    guard var reader = ObjectReader(json, problems: problems) else {
      throw Invalid(problems: problems.list)
    }
    // Of a later version nothing else can be judged.
    if let version = json["schemaVersion"]?.integer, version > Self.schemaVersion {
      throw Invalid(problems: [
        JSONProblem(
          path: "schemaVersion",
          message: "\(version) is newer than \(Self.schemaVersion), the newest that this version "
            + "of cloro-mock reads")
      ])
    }
    reader.require(["schemaVersion", "at", "clock", "defaults"])
    _ = reader.integer("schemaVersion", in: 1...Self.schemaVersion)
    let at = reader.moment("at")
    let clock = reader.member("clock", expected: "real, manual or xN") { json in
      json.string.flatMap { ClockMode($0) }
    }
    let defaults = reader.inner("defaults") { OrganizationSettings.Defaults.read(&$0) }
    guard problems.list.isEmpty, let at, let clock, let defaults else {
      throw Invalid(problems: problems.list)
    }
    (self.at, self.clock, self.defaults, self.json) = (at, clock, defaults, json)
  }
}

extension NamedSnapshot {
  /// The document of all that it holds, or of one organization.
  ///
  /// - Parameter only: The one organization's name; nil for all.
  func document(only: String?) throws(LedgerError) -> JSON {
    var object: JSONObject = [
      "schemaVersion": .integer(SnapshotDocument.schemaVersion), "at": JSON(at),
      "clock": .string(clock.description), "defaults": defaults.stored,
    ]
    if only == nil, let common = directory.common {
      object.append(
        "common",
        [
          "minted": JSON(count: common.minted), "rules": common.rules.stored,
          "keys": .array(common.keys.map(JSON.string)),
        ])
    }
    var stored: [JSON] = []
    for organization in organizations
    where only == nil || organization.name.hasSameBytes(as: only!) {
      stored.append(
        try organization.stored(
          deliveries: (deliveries[organization.name] ?? []).map(\.json)))
    }
    object.append("organizations", .array(stored))
    return .object(object)
  }

  /// Reads the whole of a document.
  ///
  /// - Parameters:
  ///   - plans: The plans that organizations may have.
  ///   - own: What holds in this double where nothing is said.
  init(
    _ document: SnapshotDocument, plans: PlanCatalogue, defaults own: OrganizationSettings.Defaults
  ) throws(SnapshotDocument.Invalid) {
    let problems = JSONProblems()
    guard var reader = ObjectReader(document.json, problems: problems) else {
      throw SnapshotDocument.Invalid(problems: problems.list)
    }
    for name in ["schemaVersion", "at", "clock", "defaults"] { _ = reader.value(name) }
    let common = reader.inner("common") { Self.common(&$0) }
    reader.require("organizations")
    let reading = OrganizationReading(plans: plans, defaults: own, others: document.defaults)
    var deliveries = NameTable<[StoredDelivery]>()
    let organizations = reader.list("organizations") { reader in
      var own: [StoredDelivery]?
      let organization = OrganizationSnapshot.read(&reader, reading) { reader in
        own = reader.list("deliveries") { StoredDelivery.read(&$0) }
      }
      if let organization { deliveries[organization.name] = own ?? [] }
      return organization
    }
    reader.finish()
    Self.check(organizations ?? [], reader)
    guard problems.list.isEmpty, let organizations else {
      throw SnapshotDocument.Invalid(problems: problems.list)
    }
    self.init(
      directory: DirectorySnapshot(
        at: document.at, organizations: organizations, common: common),
      deliveries: deliveries, clock: document.clock, defaults: own)
  }

  private static func common(_ reader: inout ObjectReader) -> DirectorySnapshot.Common? {
    reader.require(["minted", "rules", "keys"])
    let minted = reader.count("minted")
    let rules = reader.inner("rules") { RuleSet.Lists.read(&$0, of: nil) }
    let keys = reader.member("keys", expected: "an array of keys") { json -> [String]? in
      let keys = json.array?.compactMap(\.string)
      return keys?.count == json.array?.count ? keys : nil
    }
    guard let minted, let rules, let keys else { return nil }
    return DirectorySnapshot.Common(rules: rules, minted: UInt64(minted), keys: keys)
  }

  /// Notes names and keys that stand twice, of which a double can have only one.
  private static func check(_ organizations: [OrganizationSnapshot], _ reader: ObjectReader) {
    var (names, keys) = (Set<ByteText>(), Set<ByteText>())
    for (index, organization) in organizations.enumerated() {
      let path = "organizations[\(index)]"
      if !names.insert(ByteText(organization.name)).inserted {
        reader.fail("\(path).name", "stands twice")
      }
      if organization.keys.isEmpty { reader.fail("\(path).keys", "expected at least one key") }
      for (number, key) in organization.keys.enumerated()
      where !keys.insert(ByteText(key.text)).inserted {
        reader.fail("\(path).keys[\(number)].key", "stands twice")
      }
    }
  }
}
