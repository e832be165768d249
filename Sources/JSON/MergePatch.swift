extension JSON {
  /// The value with a JSON Merge Patch (RFC 7396): null removes a member, objects go into each
  /// other, and everything else, arrays too, replaces what was there.
  package func merging(_ patch: JSONObject) -> JSON {
    let target = object ?? [:]
    var members = target.members
    // By name, so that a large patch takes no longer than its size.
    var places: [String: Int] = [:]
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
