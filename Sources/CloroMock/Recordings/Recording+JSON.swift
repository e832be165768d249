import CloroContract
import JSON
import Simulation

extension Recording {
  /// The members of a file, in their order.
  static let members = [
    "schemaVersion", "recordedAt", "contract", "provider", "mode", "path", "request", "status",
    "headers", "latencyMs", "credits", "sequence", "result", "error",
  ]

  /// The file's text: one member a line, and the answer byte for byte as it came.
  var encoded: [UInt8] {
    let values: [(name: String, value: JSON)] = [
      ("schemaVersion", .integer(Self.schemaVersion)),
      ("recordedAt", .string(recordedAt.text)),
      ("contract", .string(contract.rawValue)),
      ("provider", JSON(provider?.rawValue)),
      ("mode", .string(mode.rawValue)),
      ("path", .string(path)),
      ("request", request),
      ("status", JSON(status)),
      ("headers", headers.json),
      ("latencyMs", .integer(latencyMs)),
      ("credits", JSON(credits)),
      ("sequence", .integer(sequence)),
    ]
    var output = Array("{\n".utf8)
    for (name, value) in values {
      output += Array("  \"\(name)\": ".utf8)
      value.write(to: &output)
      output += Array(",\n".utf8)
    }
    switch answer {
    case .result(let text): output += Array("  \"result\": ".utf8) + text
    case .error(let text): output += Array("  \"error\": ".utf8) + text
    }
    output += Array("\n}\n".utf8)
    return output
  }

  /// Reads a file's text.
  ///
  /// - Parameter problems: Collects what is wrong with it, by member.
  /// - Returns: nil when anything is wrong.
  static func read(_ text: [UInt8], problems: JSONProblems) -> Recording? {
    let before = problems.count
    do throws(JSONError) {
      let json = try JSON(parsing: text)
      guard var reader = ObjectReader(json, problems: problems), isOurs(&reader) else { return nil }
      let recording = read(&reader, text)
      reader.finish()
      return problems.count == before ? recording : nil
    } catch {
      problems.add("", "is not JSON: \(error)")
      return nil
    }
  }

  /// Whether this version wrote it, so that further problems say something.
  private static func isOurs(_ reader: inout ObjectReader) -> Bool {
    guard reader.object["schemaVersion"] != nil else {
      reader.fail("schemaVersion", "is missing: this is no recording")
      return false
    }
    guard let version = reader.integer("schemaVersion", in: 1...Int64.max) else { return false }
    guard version <= schemaVersion else {
      reader.fail(
        "schemaVersion",
        "\(version) is newer than this cloro-mock, which reads up to \(schemaVersion)")
      return false
    }
    return true
  }

  private static func read(_ reader: inout ObjectReader, _ text: [UInt8]) -> Recording? {
    for name in members.dropLast(2) { reader.require(name) }
    let recordedAt = reader.member("recordedAt", expected: Timestamp.expected) { json in
      json.string.flatMap { Timestamp(text: $0) }
    }
    let contract = reader.choice("contract", of: ContractRevision.self)
    let provider =
      reader.value("provider") == .null
      ? nil : reader.choice("provider", of: Provider.self)
    let mode = reader.choice("mode", of: Mode.self)
    let path = reader.member("path", expected: "a path below /v1/") { json in
      json.string.flatMap { $0.hasPrefix("/v1/") ? $0 : nil }
    }
    let request = reader.member("request", expected: "an object or null") { json in
      json.object != nil || json == .null ? json : nil
    }
    if provider != nil, request == .null {
      reader.fail("request", "expected an object, because there is a provider")
    }
    let status = reader.integer("status", in: 200...599)
    let headers = headers(&reader)
    let latency = reader.integer("latencyMs", in: 0...86_400_000)
    let credits =
      reader.value("credits") == .null
      ? nil : reader.integer("credits", in: creditRange)
    let sequence = reader.integer("sequence", in: 1...1_000_000_000)
    let answer = answer(&reader, text, status)
    guard let recordedAt, let contract, let mode, let path, let request, let status, let headers,
      let latency, let sequence, let answer
    else { return nil }
    return Recording(
      recordedAt: recordedAt, contract: contract, provider: provider, mode: mode, path: path,
      request: request, status: Int(status), headers: headers, latencyMs: latency,
      credits: credits, sequence: sequence, answer: answer)
  }

  private static func headers(_ reader: inout ObjectReader) -> RecordedHeaders? {
    guard var inner = reader.reader("headers") else { return nil }
    var fields: [(name: String, value: String)] = []
    for name in RecordedHeaders.allowed {
      let value = inner.member(name, expected: "a value as it is recorded") { json in
        json.string.flatMap { RecordedHeaders.kept($0, of: name) == $0 ? $0 : nil }
      }
      if let value { fields.append((name, value)) }
    }
    inner.finish()
    return RecordedHeaders(fields)
  }

  /// Reads the one of `result` and `error` that goes with the status.
  private static func answer(
    _ reader: inout ObjectReader, _ text: [UInt8], _ status: Int64?
  ) -> Answer? {
    let (result, error) = (reader.value("result"), reader.value("error"))
    guard let status else { return nil }
    let isResult = status == 200
    let (name, other) = isResult ? ("result", "error") : ("error", "result")
    if (isResult ? error : result) != nil {
      reader.fail(other, "doesn't go with status \(status)")
    }
    guard (isResult ? result : error) != nil, let found = JSON.text(ofMember: name, in: text)
    else {
      reader.fail(name, "is missing")
      return nil
    }
    if let result, isResult, reader.object["provider"] != .null, result.object == nil {
      reader.fail("result", "expected an object, found \(result.typeName)")
    }
    return isResult ? .result(Array(found)) : .error(Array(found))
  }
}
