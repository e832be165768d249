import JSON
import Testing

@testable import CloroContract

@Suite("Valid requests")
struct ValidationTests {
  @Test("The minimal request is valid and has the defaults", arguments: Provider.inRevisions)
  func minimal(provider: Provider, revision: ContractRevision) throws {
    #expect(try MonitorRequest.valid(provider.body(), provider, revision) == .make(provider))
  }

  /// What each provider accepts in addition to question, country and include, by revision.
  private static func optional(_ provider: Provider, _ revision: ContractRevision) -> Set<String> {
    var names: Set<String> =
      switch provider {
      case .chatgpt, .gemini, .grok, .copilot, .perplexity: ["state"]
      case .aimode: ["location", "uule", "device"]
      case .google: ["location", "uule", "device", "pages"]
      case .googleNews: ["device", "pages"]
      }
    guard revision == .october2026 else { return names }
    switch provider {
    case .chatgpt: names.formUnion(["legacy", "disableWebSearch"])
    case .google, .googleNews, .aimode: names.formUnion(["gl", "hl"])
    default: break
    }
    return names
  }

  private static let values = [
    "state": #""CA""#, "location": #""Austin,Texas,United States""#, "uule": #""w+CAIQ""#,
    "device": #""mobile""#, "pages": "3", "gl": #""us""#, "hl": #""DE""#, "legacy": "true",
    "disableWebSearch": "true", "zip": #""1""#,
  ]

  @Test("Each provider takes its own members and no others", arguments: Provider.inRevisions)
  func members(provider: Provider, revision: ContractRevision) throws {
    let other = provider.questionName == "prompt" ? "query" : "prompt"
    #expect(
      try MonitorRequest.issues(
        provider.body(#""\#(other)":"x""#), provider, revision, unknownMembers: .refuse
      ).count == 1)
    let allowed = Self.optional(provider, revision)
    for (name, value) in Self.values {
      let issues = try MonitorRequest.issues(
        provider.body(#""\#(name)":\#(value)"#), provider, revision, unknownMembers: .refuse)
      let refusal =
        revision == .july2026
        ? "\(name): Unrecognized key(s) in object: '\(name)'"
        : "\(name): Unrecognized key: \"\(name)\""
      #expect(issues == (allowed.contains(name) ? [] : [refusal]), "\(name)")
    }
  }

  /// The flags of each provider's `include`.
  private static func flags(_ provider: Provider, _ revision: ContractRevision) -> Set<String> {
    let newer = revision == .october2026
    return switch provider {
    case .chatgpt: ["html", "markdown", "rawResponse", "searchQueries", "ads", "shopping"]
    case .gemini, .grok, .copilot, .perplexity: ["html", "markdown", "rawResponse"]
    case .aimode:
      newer ? ["html", "markdown", "expandProducts", "googleGoto"] : ["html", "markdown"]
    case .google: newer ? ["html", "paaAioverview", "googleGoto"] : ["html", "paaAioverview"]
    case .googleNews: ["html"]
    }
  }

  @Test("Each provider takes its own flags and no others", arguments: Provider.inRevisions)
  func flags(provider: Provider, revision: ContractRevision) throws {
    let allowed = Self.flags(provider, revision)
    for (name, flag) in Include.named where !name.hasPrefix("aioverview") {
      let body = provider.body(#""include":{"\#(name)":true}"#)
      let off = provider.body(#""include":{"\#(name)":false}"#)
      if allowed.contains(name) {
        #expect(try MonitorRequest.valid(body, provider, revision)?.include == flag, "\(name)")
        #expect(try MonitorRequest.valid(off, provider, revision)?.include == [], "\(name)")
        #expect(
          try MonitorRequest.issues(
            provider.body(#""include":{"\#(name)":1}"#), provider, revision
          ).first?.hasPrefix("include.\(name): ") == true)
      } else {
        #expect(
          try MonitorRequest.issues(body, provider, revision, unknownMembers: .refuse)
            .map { $0.prefix(9 + name.count) }
            == ["include.\(name):"])
      }
    }
  }

  @Test(
    "Google's AI Overview is asked for by its object's presence",
    arguments: ContractRevision.allCases)
  func overview(revision: ContractRevision) throws {
    func include(_ text: String) throws -> Include? {
      try MonitorRequest.valid(
        Provider.google.body(#""include":\#(text)"#), .google, revision)?.include
    }
    #expect(try include("{}") == [])
    #expect(try include(#"{"aioverview":{}}"#) == .aiOverview)
    #expect(try include(#"{"aioverview":{"markdown":false}}"#) == .aiOverview)
    #expect(
      try include(#"{"aioverview":{"markdown":true}}"#) == [.aiOverview, .aiOverviewMarkdown])
    #expect(try include(#"{"aioverview":{"markdown":true,"markdown":false}}"#) == .aiOverview)
    #expect(try include(#"{"aioverview":true}"#) == .aiOverview)
    #expect(try include(#"{"aioverview":false}"#) == [])
    #expect(try include(#"{"aioverview":null}"#) == nil)
  }

  @Test("Every value arrives in the request")
  func values() throws {
    let body = Provider.google.body(
      #""uule":" w+C ","device":"ios","pages":9.2,"hl":"pt-BR ","gl":"us","include":{"html":true}"#)
    var expected = MonitorRequest.make(.google, pages: 10, include: .html)
    (expected.uule, expected.device, expected.hl) = ("w+C", .ios, "pt-br")
    #expect(try MonitorRequest.valid(body, .google, .october2026) == expected)
    let chat = Provider.chatgpt.body(#""state":"ny","legacy":true,"disableWebSearch":true"#)
    var question = MonitorRequest.make(state: "NY")
    (question.legacy, question.disableWebSearch) = (true, true)
    #expect(try MonitorRequest.valid(chat, .chatgpt, .october2026) == question)
  }

  @Test(
    "The country may come from gl, in either case",
    arguments: [Provider.google, .googleNews, .aimode])
  func gl(provider: Provider) throws {
    let body = #"{"\#(provider.questionName)":"x","gl":"gb"}"#
    #expect(try MonitorRequest.valid(body, provider, .october2026)?.country == "GB")
    let same = #"{"\#(provider.questionName)":"x","country":"GB","gl":"gB"}"#
    #expect(try MonitorRequest.valid(same, provider, .october2026)?.country == "GB")
  }

  @Test("White space around a question goes, and a blank one passes as an empty one")
  func blank() throws {
    for (text, question) in [(" x\\n", "x"), (" \\t ", ""), ("\\u00A0\\uFEFFx y\\u2028", "x y")] {
      let body = #"{"prompt":"\#(text)","country":"US"}"#
      #expect(try MonitorRequest.valid(body)?.question == question)
    }
  }

  @Test("A stored question is valid again in the contract that it was valid in")
  func again() throws {
    for (provider, revision) in Provider.inRevisions {
      let body = provider.body(
        #"""
        "state":"ca","location":"Austin","device":"mobile","pages":2.5,"hl":"de","legacy":true,\#
        "disableWebSearch":true,\#
        "include":{"html":true,"ads":true,"aioverview":{"markdown":true},"paaAioverview":true}
        """#)
      let request = try #require(try MonitorRequest.valid(body, provider, revision))
      #expect(request.issuesOfRecheck(in: revision) == [])
    }
    let phone = try #require(
      try MonitorRequest.valid(Provider.google.body(#""device":"ios""#), .google, .october2026))
    #expect(
      phone.issuesOfRecheck(in: .july2026, prefix: "payload.").map(\.field) == ["payload.device"])
    let czech = MonitorRequest.make(country: "CZ")
    #expect(czech.issuesOfRecheck(in: .october2026) == [])
    #expect(czech.issuesOfRecheck(in: .july2026).map(\.field) == ["country"])
  }

  @Test("Of members with the same name the last one counts")
  func duplicates() throws {
    let body = #"{"prompt":1,"prompt":"x","country":"DE","country":"US"}"#
    #expect(try MonitorRequest.valid(body)?.question == "x")
    #expect(try MonitorRequest.valid(body)?.country == "US")
  }
}
