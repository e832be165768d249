import CloroContract
import JSON
import Simulation

// What requests have taken as a database keeps it.

extension Tallies {
  var stored: JSON {
    var findings: [JSON] = []
    for id in FindingID.allCases {
      guard let finding = self.findings[id.index] else { continue }
      var object: JSONObject = [
        "id": .string(id.rawValue), "count": .integer(finding.count),
        "requests": .array(finding.example.requests.map { .string($0.text) }),
        "at": JSON(finding.example.at),
      ]
      object.append("organization", ifAny: finding.example.organization.map { .string($0) })
      findings.append(.object(object))
    }
    return [
      "pages": .array(pages.map(\.stored)),
      "webhooks": [
        "delivered": .integer(webhooks.delivered), "failed": .integer(webhooks.failed),
        "attempts": .integer(webhooks.attempts),
      ],
      "peak": ["concurrency": JSON(peak.concurrency), "queued": JSON(peak.queued)],
      "findings": .array(findings),
    ]
  }

  static func read(_ reader: inout ObjectReader) -> Tallies? {
    reader.require(["pages", "webhooks", "peak", "findings"])
    var tallies = Tallies()
    let pages = reader.list("pages") { Page.read(&$0) }
    for page in pages ?? [] {
      tallies.change(page: tallies.page(page.label, page.usdPerCredit)) { $0.add(page.tally) }
    }
    tallies.webhooks =
      reader.inner("webhooks") { reader in
        Tally.Webhooks(
          delivered: reader.number("delivered"), failed: reader.number("failed"),
          attempts: reader.number("attempts"))
      } ?? tallies.webhooks
    tallies.peak =
      reader.inner("peak") { reader in
        Peak(
          concurrency: reader.count("concurrency") ?? 0, queued: reader.count("queued") ?? 0)
      } ?? tallies.peak
    _ = reader.list("findings") { reader -> Bool? in
      guard let id = reader.choice("id", of: FindingID.self), let at = reader.moment("at") else {
        return nil
      }
      let requests = reader.array("requests")?.compactMap(\.string) ?? []
      let example = Finding.Example(
        requests: requests.compactMap { Identifier(text: $0) }, at: at,
        organization: reader.string("organization"))
      tallies.find(id, { example }, reader.number("count"))
      return true
    }
    return pages == nil ? nil : tallies
  }
}

extension Tallies.Page {
  fileprivate var stored: JSON {
    var object = JSONObject()
    object.append("label", ifAny: label.map { .string($0) })
    object.append("usdPerCredit", ifAny: usdPerCredit.map { .decimal($0) })
    object.append("requests", .integer(tally.requests))
    object.append("credits", .integer(tally.credits))
    let shares = zip(Provider.allCases, tally.shares).filter { $0.1 != Tally.Share() }
    object.append(
      "shares",
      .array(
        shares.map { provider, share in
          [
            "provider": .string(provider.rawValue), "sync": .integer(share.sync),
            "async": .integer(share.async), "credits": .integer(share.credits),
          ]
        }))
    object.append(
      "refusals",
      .array(tally.refusals.map { ["code": .string($0.code), "count": .integer($0.count)] }))
    return .object(object)
  }

  fileprivate static func read(_ reader: inout ObjectReader) -> Tallies.Page? {
    var page = Tallies.Page(
      label: reader.string("label"), usdPerCredit: reader.value("usdPerCredit")?.number)
    page.tally.requests = reader.number("requests")
    page.tally.credits = reader.number("credits")
    _ = reader.list("shares") { reader -> Bool? in
      guard let provider = reader.choice("provider", of: Provider.self) else { return nil }
      page.tally.shares[provider.index] = Tally.Share(
        sync: reader.number("sync"), async: reader.number("async"),
        credits: reader.number("credits"))
      return true
    }
    _ = reader.list("refusals") { reader -> Bool? in
      guard let code = reader.string("code") else { return nil }
      page.tally.refuse(code, reader.number("count"))
      return true
    }
    return page
  }
}

extension ObjectReader {
  /// A count; 0 when there is none.
  fileprivate mutating func number(_ name: String) -> Int64 { Int64(count(name) ?? 0) }
}
