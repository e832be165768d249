import JSON
import Ledger

extension OrganizationDirectory {
  /// Compares what memory holds with the ledger: organizations, keys, settings and balances.
  ///
  /// - Returns: What disagrees, one line each; nothing when all is well.
  func comparison() throws(Refusal) -> [String] {
    try administer { () throws(Refusal) in
      try withLedger { (ledger) throws(LedgerError) in
        let stored = try ledger.organizations()
        let present = present
        var problems: [String] = []
        let names = Set(stored.map { ByteText($0.account.name) })
        for name in present.organizations.names where !names.contains(ByteText(name)) {
          problems.append("organization \(name): not in the ledger")
        }
        for record in stored {
          let name = record.account.name
          guard let organization = present.organizations[name] else {
            problems.append("organization \(name): only in the ledger")
            continue
          }
          let found =
            try credits(of: organization, record) + keys(of: organization, record, present)
            + settings(of: organization, record)
          problems += found.map { "organization \(name): \($0)" }
        }
        return problems
      }
    }
  }

  private func credits(
    of organization: Organization, _ record: Ledger.Organization
  ) throws(LedgerError) -> [String] {
    guard organization.account === record.account else {
      return ["its account is not the ledger's"]
    }
    let audit = try ledger.audit(organization.account)
    var problems: [String] = []
    if audit.published != audit.stored {
      problems.append("balance \(audit.published), in the ledger \(audit.stored)")
    }
    if !audit.isConsistent { problems.append("the entries don't add up to \(audit.stored)") }
    return problems
  }

  private func keys(
    of organization: Organization, _ record: Ledger.Organization, _ present: State
  ) -> [String] {
    let own = present.keys.keys(of: organization.name)
    var known = NameTable<APIKey>()
    for key in own { known[key.text] = key }
    let texts = Set(record.keys.map { ByteText($0.text) })
    var problems = own.filter { !texts.contains(ByteText($0.text)) }.map {
      "key …\($0.text.suffix(4)): not in the ledger"
    }
    for key in record.keys {
      if let mine = known[key.text] {
        if mine.isRevoked != key.isRevoked {
          problems.append("key …\(key.text.suffix(4)): revoked in one of both")
        }
        if mine.organization !== organization {
          problems.append("key …\(key.text.suffix(4)): of an organization that is gone")
        }
      } else {
        problems.append("key …\(key.text.suffix(4)): only in the ledger")
      }
    }
    return problems
  }

  private func settings(
    of organization: Organization, _ record: Ledger.Organization
  ) -> [String] {
    let overrides = organization.settings.overrides
    // Read from text both, for a value may be written in more than one way.
    let mine = StoredSettings(plan: record.plan, json: Array(Self.text(overrides).utf8))
    let stored = StoredSettings(plan: record.plan, json: Array(record.settings.utf8))
    let isSame = Self.text(read(mine)) == Self.text(read(stored))
    return isSame ? [] : ["other settings than in the ledger"]
  }
}
