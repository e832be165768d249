import JSON

// Rules as a database keeps them: each is a text of its own, so that adding one of thousands
// doesn't write the others, and one for each list says how many there have been. The form of a rule
// is that of snapshots' documents: see `StoredRules.swift`.

extension CountedRule where Definition: StoredRule {
  fileprivate static func textID(_ ordinal: UInt64) -> String {
    let digits = String(ordinal)
    return "\(Definition.name)-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  var text: StoredText { StoredText(id: Self.textID(ordinal), body: stored.encoded) }

  /// What removes the rule from a database.
  var removal: StoredText { StoredText(id: Self.textID(ordinal), body: nil) }
}

extension RuleList where Definition: StoredRule {
  fileprivate var text: StoredText {
    StoredText(id: Definition.name, body: JSON.object(head).encoded)
  }

  /// Reads a list from all texts of its set.
  ///
  /// - Parameters:
  ///   - organization: The owner; nil for the rules of all organizations.
  ///   - unread: Gets the identifiers of texts that can't be read.
  init(of organization: String?, _ texts: [StoredText], _ unread: inout [String]) {
    var last: UInt64 = 0
    var given: [Definition]?
    var rules: [CountedRule<Definition>] = []
    for text in texts where text.id.hasPrefix(Definition.name) {
      let problems = JSONProblems()
      let json = text.body.flatMap { try? JSON(parsing: $0) }
      guard let json, var reader = ObjectReader(json, problems: problems) else {
        unread.append(text.id)
        continue
      }
      if text.id == Definition.name {
        last = max(last, UInt64(reader.count("last") ?? 0))
        given = reader.list("given") { Definition.restore(&$0) }
      } else if let rule = CountedRule<Definition>.read(&reader), problems.list.isEmpty {
        rules.append(rule)
        last = max(last, rule.ordinal)
      } else {
        unread.append(text.id)
      }
    }
    rules.sort { $0.order < $1.order }
    self.init(of: organization, rules, given: given ?? [], last: last)
  }
}

extension RuleSet.Lists {
  /// All texts of the set.
  var texts: [StoredText] {
    [faults.text] + faults.rules.map(\.text) + [stubs.text] + stubs.rules.map(\.text)
  }

  /// What removes the set from a database.
  var removals: [StoredText] {
    [StoredText(id: Fault.name, body: nil), StoredText(id: Stub.name, body: nil)]
      + faults.rules.map(\.removal) + stubs.rules.map(\.removal)
  }

  /// The texts of some rules; those that are gone have none.
  func texts(of names: Set<RuleName>) -> [StoredText] {
    faults.rules.filter { names.contains(RuleName(Fault.name, $0.ordinal)) }.map(\.text)
      + stubs.rules.filter { names.contains(RuleName(Stub.name, $0.ordinal)) }.map(\.text)
  }

  /// The text that says how many rules of a kind there have been.
  func listText(of kind: String) -> StoredText {
    kind == Fault.name ? faults.text : stubs.text
  }
}
