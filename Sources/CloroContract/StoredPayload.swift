import JSON

extension MonitorRequest {
  /// What is wrong with a stored question when it is validated again, in the contract that holds
  /// then: cloro's scheduler does so when it picks a task up. [source]
  ///
  /// What is stored is what the first validation has made of the payload, so a blank text has
  /// become an empty one, and members that were ignored are gone.
  ///
  /// - Parameter prefix: The prefix of each field's name; empty by default.
  /// - Returns: Every failing field; none in most cases, because the question was valid before.
  public func issuesOfRecheck(in revision: ContractRevision, prefix: String = "") -> [FieldIssue] {
    var ignored = IgnoredMembers()
    let again = Self.validate(
      payload, for: provider, in: revision, prefix: prefix, ignored: &ignored)
    return if case .invalid(let issues) = again { issues } else { [] }
  }

  /// The question as a payload again.
  package var payload: JSON {
    var members: JSONObject = [
      provider.questionMember: .string(question), "country": .string(country),
    ]
    for (name, text) in [("state", state), ("location", location), ("uule", uule), ("hl", hl)] {
      if let text { members.append(name, .string(text)) }
    }
    if device != .desktop { members.append("device", .string(device.rawValue)) }
    if pages != 1 { members.append("pages", JSON(pages)) }
    if legacy { members.append("legacy", true) }
    if disableWebSearch { members.append("disableWebSearch", true) }
    var flags = JSONObject()
    for (name, flag) in Include.named where include.contains(flag) {
      if flag == .aiOverviewMarkdown {
        flags["aioverview"] = ["markdown": true]
      } else {
        flags.append(name, true)
      }
    }
    if !flags.members.isEmpty { members.append("include", .object(flags)) }
    return .object(members)
  }
}
