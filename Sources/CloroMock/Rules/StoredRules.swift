import JSON
import Simulation

/// A rule that can be stored in a document.
protocol StoredRule: RuleDefinition {
  /// The definition as a fixture would give it.
  var stored: JSON { get }

  /// The results of the files that it names, by their names.
  var files: [(name: String, result: JSONObject)] { get }

  /// Reads the definition; problems are noted.
  static func restored(_ reader: inout ObjectReader, _ files: BodyFiles) -> Self?
}

extension Fault: StoredRule {
  var stored: JSON {
    var object: JSONObject = ["match": match.json, "fault": fault.json]
    object.append("times", ifAny: times.map { JSON($0) })
    if probability != 1 { object.append("probability", .decimal(probability)) }
    return .object(object)
  }

  var files: [(name: String, result: JSONObject)] { [] }

  static func restored(_ reader: inout ObjectReader, _ files: BodyFiles) -> Fault? {
    read(&reader)
  }
}

extension Stub: StoredRule {
  var stored: JSON {
    if let recorded { return ["recorded": recorded.stored] }
    var object: JSONObject = ["match": match.json]
    for member in response.members.members { object.append(member.name, member.value) }
    object.append("latency", ifAny: latency.map { .string($0.description) })
    object.append("times", ifAny: times.map { JSON($0) })
    return .object(object)
  }

  var files: [(name: String, result: JSONObject)] {
    let written = response.members["sequence"]?.array ?? [.object(response.members)]
    return zip(written, sequence?.answers ?? [answer]).compactMap { written, answer in
      guard let name = written["bodyFile"]?.string, case .result(.replaced(let result)) = answer
      else { return nil }
      return (name, result)
    }
  }
}

extension Stub {
  static func restored(_ reader: inout ObjectReader, _ files: BodyFiles) -> Stub? {
    guard reader.object["recorded"] != nil else { return read(&reader, files) }
    return reader.inner("recorded") { RecordedAnswer.read(&$0) }.map { Stub($0) }
  }
}

extension RecordedAnswer {
  fileprivate var stored: JSON {
    var object: JSONObject = [
      "name": .string(name), "text": .string(String(decoding: text, as: UTF8.self)),
      "nanoseconds": .integer(latency),
    ]
    object.append("credits", ifAny: credits.map { .integer($0) })
    return .object(object)
  }

  fileprivate static func read(_ reader: inout ObjectReader) -> RecordedAnswer? {
    reader.require(["name", "text", "nanoseconds"])
    let name = reader.string("name")
    let text = reader.member("text", expected: "JSON as a text") { json -> [UInt8]? in
      guard let bytes = json.string.map({ Array($0.utf8) }), (try? JSON(parsing: bytes)) != nil
      else { return nil }
      return bytes
    }
    let latency = reader.integer("nanoseconds", in: 0...LatencyDistribution.longest)
    let credits = reader.integer("credits", in: 0...1_000_000_000_000_000)
    guard let name, let text, let latency else { return nil }
    return RecordedAnswer(name: name, text: text, latency: latency, credits: credits)
  }
}

extension StoredRule {
  /// Appends the definition, and the results of its files.
  fileprivate func store(in object: inout JSONObject) {
    object.append("definition", stored)
    let files = files
    guard !files.isEmpty else { return }
    object.append(
      "files", .array(files.map { ["name": .string($0.name), "result": .object($0.result)] }))
  }

  /// Reads what ``store(in:)`` has written.
  static func restore(_ reader: inout ObjectReader) -> Self? {
    reader.require("definition")
    var files: [ByteText: JSONObject] = [:]
    _ = reader.list("files") { reader -> Bool? in
      reader.require(["name", "result"])
      let name = reader.string("name")
      let result = reader.member("result", expected: "an object") { $0.object }
      if let name, let result { files[ByteText(name)] = result }
      return true
    }
    let before = reader.problems.count
    let definition = reader.inner("definition") { Self.restored(&$0, BodyFiles(known: files)) }
    return reader.problems.count == before ? definition : nil
  }
}

extension CountedRule where Definition: StoredRule {
  var stored: JSON {
    var object: JSONObject = [
      "id": .string(id), "isAdded": .bool(order.isAdded), "number": JSON(count: order.number),
      "ordinal": JSON(count: ordinal),
    ]
    definition.store(in: &object)
    let counts = counts
    object.append("timesLeft", ifAny: counts.timesLeft.map { JSON($0) })
    object.append("seen", JSON(counts.seen))
    object.append("struck", JSON(counts.struck))
    object.append("step", JSON(counts.step))
    if !counts.turns.isEmpty {
      let turns = counts.turns.sorted { $0.key < $1.key }
      object.append(
        "turns", .array(turns.map { ["key": .string($0.key), "count": JSON($0.value)] }))
    }
    object.append("begun", ifAny: counts.begun.map { JSON($0) })
    return .object(object)
  }

  static func read(_ reader: inout ObjectReader) -> CountedRule<Definition>? {
    reader.require(["id", "isAdded", "number", "ordinal", "seen", "struck", "step"])
    let (id, isAdded) = (reader.string("id"), reader.bool("isAdded"))
    let (number, ordinal) = (reader.count("number"), reader.count("ordinal"))
    let definition = Definition.restore(&reader)
    var counts = Counts()
    counts.timesLeft = reader.count("timesLeft")
    counts.seen = reader.count("seen") ?? 0
    counts.struck = reader.count("struck") ?? 0
    counts.step = reader.count("step") ?? 0
    _ = reader.list("turns") { reader -> Bool? in
      reader.require(["key", "count"])
      if let key = reader.string("key"), let count = reader.count("count") {
        counts.turns[key] = count
      }
      return true
    }
    counts.begun = reader.moment("begun")
    guard let id, let isAdded, let number, let ordinal, let definition else { return nil }
    // What it does next is looked up by this number.
    let answers = definition.sequence?.answers.count ?? 1
    guard counts.step < answers else {
      reader.fail("step", "expected a whole number from 0 to \(answers - 1)")
      return nil
    }
    return CountedRule(
      id: id, definition, Order(isAdded: isAdded, number: UInt64(number)),
      ordinal: UInt64(ordinal), counts)
  }
}

extension RuleList where Definition: StoredRule {
  /// What there is to say of the list beside its rules.
  var head: JSONObject {
    let given = given.map { definition -> JSON in
      var object = JSONObject()
      definition.store(in: &object)
      return .object(object)
    }
    return ["last": JSON(count: last), "given": .array(given)]
  }

  var stored: JSON {
    var object = head
    object.append("rules", .array(rules.map(\.stored)))
    return .object(object)
  }

  /// - Parameter organization: The owner; nil for the rules of all organizations.
  static func read(
    _ reader: inout ObjectReader, of organization: String?
  ) -> RuleList<Definition>? {
    reader.require(["last", "given", "rules"])
    let last = reader.count("last")
    let given = reader.list("given") { Definition.restore(&$0) }
    let rules = reader.list("rules") { CountedRule<Definition>.read(&$0) }
    guard let last, let given, let rules else { return nil }
    var (ids, ordinals) = (Set<ByteText>(), Set<UInt64>())
    for (index, rule) in rules.enumerated() {
      if !ids.insert(ByteText(rule.id)).inserted {
        reader.fail("rules[\(index)].id", "stands twice")
      }
      // Rules are found by it, and the next one gets the number after the last.
      let isNext = rule.ordinal == 0 || rule.ordinal > UInt64(last)
      if isNext || !ordinals.insert(rule.ordinal).inserted {
        reader.fail("rules[\(index)].ordinal", "expected another number from 1 to \(last)")
      }
    }
    return RuleList(of: organization, rules, given: given, last: UInt64(last))
  }
}

extension RuleSet.Lists {
  var stored: JSON { ["faults": faults.stored, "stubs": stubs.stored] }

  /// - Parameter organization: The owner; nil for the rules of all organizations.
  static func read(_ reader: inout ObjectReader, of organization: String?) -> RuleSet.Lists? {
    reader.require(["faults", "stubs"])
    let faults = reader.inner("faults") { RuleList<Fault>.read(&$0, of: organization) }
    let stubs = reader.inner("stubs") { RuleList<Stub>.read(&$0, of: organization) }
    guard let faults, let stubs else { return nil }
    return RuleSet.Lists(faults: faults, stubs: stubs)
  }
}
