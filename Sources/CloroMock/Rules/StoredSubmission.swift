import CloroContract
import JSON

extension AsyncTaskRequest {
  /// A submission as documents store it. What the checks of its submission have made of it is kept
  /// as it is, whatever another revision would say of it.
  var stored: JSON {
    var object: JSONObject = ["question": request.stored, "priority": JSON(priority)]
    object.append("idempotencyKey", ifAny: idempotencyKey.map { .string($0) })
    object.append("webhookUrl", ifAny: webhookURL.map { .string($0) })
    return .object(object)
  }

  static func read(_ reader: inout ObjectReader) -> AsyncTaskRequest? {
    reader.require(["question", "priority"])
    let request = reader.inner("question") { MonitorRequest.read(&$0) }
    let priority = reader.integer("priority", in: 1...10)
    let key = reader.string("idempotencyKey")
    let url = reader.member("webhookUrl", expected: "an absolute http or https address") { json in
      json.string.flatMap { WebAddress.isAbsolute($0) ? $0 : nil }
    }
    guard let request, let priority else { return nil }
    return AsyncTaskRequest(
      request: request, priority: Int(priority), idempotencyKey: key, webhookURL: url)
  }
}

extension MonitorRequest {
  /// A question as documents store it.
  var stored: JSON {
    var object: JSONObject = [
      "provider": .string(provider.rawValue), "question": .string(question),
      "country": .string(country),
    ]
    for (name, text) in [("state", state), ("location", location), ("uule", uule), ("hl", hl)] {
      object.append(name, ifAny: text.map { .string($0) })
    }
    object.append("device", .string(device.rawValue))
    object.append("pages", JSON(pages))
    let flags = Include.named.filter { include.contains($0.flag) }
    object.append("include", .array(flags.map { .string($0.name) }))
    object.append("legacy", .bool(legacy))
    object.append("disableWebSearch", .bool(disableWebSearch))
    return .object(object)
  }

  static func read(_ reader: inout ObjectReader) -> MonitorRequest? {
    reader.require(["provider", "question", "country"])
    let provider = reader.choice("provider", of: Provider.self)
    let question = reader.string("question")
    let country = reader.member("country", expected: "a country's code in capitals") { json in
      json.string.flatMap { Country.isKnown($0) ? $0 : nil }
    }
    let state = reader.member("state", expected: "a USPS code in capitals") { json in
      json.string.flatMap { code in USState.all.contains { $0.code == code } ? code : nil }
    }
    let (location, uule) = (reader.string("location"), reader.string("uule"))
    let hl = reader.string("hl")
    let device = reader.choice("device", of: Device.self) ?? .desktop
    let pages = reader.integer("pages", in: 1...10) ?? 1
    let names = Include.named.map(\.name).joined(separator: ", ")
    let include = reader.member("include", expected: "an array of \(names)") { json -> Include? in
      var include: Include = []
      for name in json.array ?? [.null] {
        let named = Include.named.first { name.string?.hasSameBytes(as: $0.name) == true }
        guard let named else { return nil }
        include.insert(named.flag)
      }
      return include
    }
    let (legacy, disableWebSearch) = (reader.bool("legacy"), reader.bool("disableWebSearch"))
    guard let provider, let question, let country else { return nil }
    return MonitorRequest(
      provider: provider, question: question, country: country, state: state, location: location,
      uule: uule, hl: hl, device: device, pages: Int(pages), include: include ?? [],
      legacy: legacy ?? false, disableWebSearch: disableWebSearch ?? false)
  }
}
