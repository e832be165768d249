import JSON

/// What fixture files say of one another's keys and organizations, and of their own: what can't be
/// seen in one member alone.
struct FixtureReferences {
  private struct File {
    let name: String
    let document: JSON
    /// The keys that the file gives.
    let keys: [String]
  }

  private(set) var problems: [PlanCatalogue.Problem] = []
  private(set) var warnings: [PlanCatalogue.Problem] = []

  /// - Parameter files: Names and contents, in order. What is no JSON or has a wrong type is left
  ///   out: the reader of the file has noted it.
  init(_ files: [(name: String, bytes: [UInt8])]) {
    let known = files.compactMap { file -> File? in
      guard let document = try? JSON(parsing: file.bytes) else { return nil }
      let keys = document["keys"]?.array ?? []
      return File(
        name: file.name, document: document, keys: keys.compactMap { $0["key"]?.string })
    }
    checkCredits(of: known)
    for file in known {
      for list in ["responses", "faults"] { checkKeys(of: list, in: file, of: known) }
    }
  }

  /// Keys of one organization share its balance, so they can't give different ones.
  private mutating func checkCredits(of files: [File]) {
    var given = NameTable<(credits: Int64, place: String)>()
    for file in files {
      for (index, entry) in (file.document["keys"]?.array ?? []).enumerated() {
        guard let name = entry["organization"]?.string, let credits = entry["credits"]?.integer
        else { continue }
        guard let first = given[name] else {
          given[name] = (credits, "keys[\(index)] of \(file.name)")
          continue
        }
        guard first.credits != credits else { continue }
        let shown = ShownText.value(name)
        problems.append(
          PlanCatalogue.Problem(
            file: file.name, path: "keys[\(index)].credits",
            message: "\(credits), but organization \"\(shown)\" has \(first.credits) by "
              + "\(first.place); its keys share one balance"))
      }
    }
  }

  /// A rule of a plan concerns requests of that plan's keys. One that names another key can match
  /// nothing, unless such a key is minted, which a file without keys may wait for.
  private mutating func checkKeys(of list: String, in file: File, of files: [File]) {
    for (index, rule) in (file.document[list]?.array ?? []).enumerated() {
      guard let key = rule["match"]?["key"]?.string, APIKeyFormat.isValid(key),
        !file.keys.contains(key)
      else { continue }
      func problem(_ message: String) -> PlanCatalogue.Problem {
        PlanCatalogue.Problem(
          file: file.name, path: "\(list)[\(index)].match.key", message: message)
      }
      if let other = files.first(where: { $0.keys.contains(key) }) {
        problems.append(
          problem("can match nothing: it is a key of \(other.name), which has rules of its own"))
      } else if !file.keys.isEmpty {
        let alternatives = ObjectReader.alternatives(to: key, in: file.keys)
        problems.append(problem("can match nothing: no key of this file\(alternatives)"))
      } else if key != PlanCatalogue.defaultKey {
        warnings.append(problem("no fixture gives this key; it matches once it is minted"))
      }
    }
  }
}
