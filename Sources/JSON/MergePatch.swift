extension JSON {
  /// The value changed by a JSON Merge Patch (RFC 7396): null removes a member, objects are merged,
  /// and everything else, arrays too, replaces the old value.
  package func merging(_ patch: JSONObject) -> JSON {
    let target = object ?? [:]
    var members = target.members
    // Places by name, so that the time is proportional to the patch's size.
    var places = NameTable<Int>()
    for (index, member) in members.enumerated() { places[member.name] = index }
    var removed: Set<Int> = []
    for member in patch.members {
      guard let place = places[member.name] else {
        guard member.value != .null else { continue }
        places[member.name] = members.count
        members.append(.init(member.name, JSON.null.replacing(by: member.value)))
        continue
      }
      if member.value == .null {
        removed.insert(place)
        places[member.name] = nil
      } else {
        members[place].value = members[place].value.replacing(by: member.value)
      }
    }
    let kept = members.indices.filter { !removed.contains($0) }.map { members[$0] }
    return .object(JSONObject(kept))
  }

  private func replacing(by value: JSON) -> JSON {
    value.object.map { merging($0) } ?? value
  }
}
