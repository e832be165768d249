import CloroContract
import JSON

/// One request whose answer shows whether rules hold.
struct DriftProbe: Sendable {
  /// By whose key it asks.
  enum Authorization: Sendable {
    case own
    case none
    /// A key that nobody has.
    case other(String)
  }

  /// What of the answer is compared.
  enum Subject: Sendable {
    /// Every value: a refusal, or an answer that is always the same.
    case values
    /// Members and types alone.
    case members
    /// A list of countries; the model's name, nil for all.
    case countries(String?)
    case states
    /// A result, and its price. The extra that makes it dearer; nil for none.
    case result(MonitorRequest, extra: Extra?)
    /// A task from its submission to its end.
    case task(MonitorRequest)
  }

  /// What makes a question dearer, and the rule of its price.
  struct Extra: Sendable, Hashable {
    let name: String
    let rule: String
  }

  /// What it asks, in words that are its name too.
  let name: String
  /// The rules that it looks at; the first one is named when the answer is another one.
  let rules: [String]
  /// The rule that is named when only the message is another one.
  let textRule: String
  let method: String
  let path: String
  var body: [UInt8]?
  let authorization: Authorization
  /// What it costs if it is answered, in credits. Refusals cost nothing, and what asks nothing
  /// can't cost anything.
  let price: Int64
  let subject: Subject

  init(
    _ method: String, _ path: String, _ body: String? = nil, named name: String? = nil,
    by authorization: Authorization = .own, price: Int64 = 0, as subject: Subject = .values,
    text textRule: String? = nil, rules: [String]
  ) {
    self.name = name ?? "\(method) \(path)" + (body.map { " \($0)" } ?? "")
    self.rules = rules
    self.textRule = textRule ?? rules[0]
    self.method = method
    self.path = path
    self.body = body.map { Array($0.utf8) }
    self.authorization = authorization
    self.price = price
    self.subject = subject
  }

  /// The provider whose monitor it asks, for a path below `/v1/monitor/`.
  var isMonitor: Bool { path.hasPrefix("/v1/monitor/") }
}

// MARK: All probes

extension DriftProbe {
  /// What is asked wherever something is asked.
  static let question = "What is a good way to compare hiking boots?"
  /// Keys that nobody has: one of no valid form, one of a valid form.
  private static let malformedKey = "sk_live_drift"
  private static let unknownKey = "sk_live_d41f0000d41f0000d41f0000d41f0000"
  private static let unknownTask = "d41f0000-d41f-4d41-8d41-d41f0000d41f"

  /// All probes of a revision in the order in which they are made: those that cost nothing first,
  /// then the cheapest.
  static func all(in revision: ContractRevision) -> [DriftProbe] {
    refusals(revision) + validations(revision) + reports(revision) + rulesBetweenMembers(revision)
      + questions(revision) + [task(revision)] + extras(revision)
  }

  private static func refusals(_ revision: ContractRevision) -> [DriftProbe] {
    let goto = "/v1/monitor/google/goto"
    let headless = ["auth.message", "auth.no-limit-headers"]
    let unavailable = DriftProbe(
      "POST", Provider.grok.path, "{}", rules: ["admission.grok-unavailable"])
    return [
      DriftProbe(
        "GET", "/v1/countries", named: "GET /v1/countries without a key", by: .none,
        text: "auth.message", rules: ["auth.missing", "auth.every-endpoint"] + headless),
      DriftProbe(
        "GET", "/v1/countries", named: "GET /v1/countries with a malformed key",
        by: .other(malformedKey), text: "auth.message", rules: ["auth.format"] + headless),
      DriftProbe(
        "GET", "/v1/countries", named: "GET /v1/countries with an unknown key",
        by: .other(unknownKey), text: "auth.message", rules: ["auth.unknown"] + headless),
      DriftProbe("GET", "/no-such-path", by: .none, rules: ["routes.outside"]),
      DriftProbe(
        "GET", "/v1/no-such-path?query=left-out",
        rules: [
          "routes.unknown", "errors.timestamp",
          revision == .july2026 ? "errors.object-envelope" : "errors.single-envelope",
        ]),
      DriftProbe(
        "GET", Provider.chatgpt.path, rules: ["routes.wrong-method", "credits.failures-free"]),
      DriftProbe(
        "POST", goto, "{}",
        rules: revision == .july2026
          ? ["routes.goto-is-newer"] : ["goto.link", "goto.free"]),
      DriftProbe(
        "GET", "/v1/async/task/\(unknownTask)", text: "async.unknown-task-text",
        rules: ["async.unknown-task", "async.unknown-task-text"]),
      DriftProbe("GET", "/v1/async/task/no-uuid", rules: ["async.malformed-id"]),
    ] + (Provider.unavailable[revision].contains(.grok) ? [unavailable] : [])
  }

  /// Bodies without a question, which nobody can answer: so they can't cost anything either.
  private static func validations(_ revision: ContractRevision) -> [DriftProbe] {
    let july = revision == .july2026
    let envelope = july ? "validation.text-envelope" : "validation.object-envelope"
    let (chatgpt, google) = (Provider.chatgpt.path, Provider.google.path)
    let long = String(repeating: "x", count: 10_001)
    return [
      DriftProbe(
        "POST", chatgpt, "{}",
        rules: [
          "validation.empty-prompt", "validation.sync-status", "validation.every-field",
          "validation.order", envelope,
        ]),
      DriftProbe(
        "POST", chatgpt, #"{"prompt":"","country":"ZZ"}"#, rules: ["validation.country-codes"]),
      DriftProbe("POST", chatgpt, #"{"prompt":""}"#, rules: ["validation.country-required"]),
      DriftProbe("POST", chatgpt, #"{"country":"CN"}"#, rules: ["validation.country-blocked"]),
      DriftProbe(
        "POST", chatgpt, #"{"prompt":"\#(long)"}"#,
        named: "POST \(chatgpt) with a prompt of 10,001 characters, and no country",
        rules: ["validation.question"]),
      DriftProbe(
        "POST", chatgpt, #"{"country":"US","include":{"html":"yes"}}"#,
        rules: ["validation.include-flags"]),
      DriftProbe(
        "POST", chatgpt, #"{"prompt":"","country":"US","color":1,"include":{"color":1}}"#,
        rules: ["validation.unknown-members"]),
      // A blank question alone would be answered.
      DriftProbe("POST", chatgpt, #"{"prompt":" ","country":"ZZ"}"#, rules: ["validation.blank"]),
      DriftProbe("POST", chatgpt, "{", rules: ["validation.not-json"]),
      DriftProbe("POST", chatgpt, "[]", rules: ["validation.not-json"]),
      DriftProbe(
        "POST", google, "{}", rules: [july ? "validation.empty-prompt" : "validation.gl-missing"]),
      DriftProbe(
        "POST", google, #"{"query":"","country":"US","device":"toaster"}"#,
        rules: [july ? "validation.device" : "validation.device-phones"]),
      DriftProbe(
        "POST", google, #"{"query":"","country":"US","pages":11}"#, rules: ["validation.pages"]),
      DriftProbe(
        "POST", google, #"{"query":"","country":"US","pages":1.5}"#,
        rules: ["validation.pages-fraction"]),
      DriftProbe(
        "POST", google, #"{"query":"","country":"US","state":"ZZ"}"#,
        rules: ["validation.state-providers"]),
      DriftProbe(
        "POST", google, #"{"query":"","country":"US","include":{"aioverview":{}}}"#,
        rules: ["validation.overview-object"]),
      DriftProbe(
        "POST", google, #"{"query":"","country":"US","include":{"aioverview":1}}"#,
        rules: ["validation.overview-object"]),
      DriftProbe(
        "POST", "/v1/async/task", "{}",
        rules: [july ? "validation.async-422" : "validation.async-400"]),
      DriftProbe(
        "POST", "/v1/async/task", #"{"taskType":"TOASTER","payload":{}}"#,
        rules: ["async.task-types"]),
      DriftProbe(
        "POST", "/v1/async/task", #"{"taskType":"GOOGLE","payload":{},"priority":11}"#,
        rules: [
          "async.field-names", "async.priority", july ? "async.payload-july" : "async.payload",
        ]),
      DriftProbe(
        "POST", "/v1/async/task",
        #"{"taskType":"GOOGLE","payload":{},"webhook":{"url":"ftp://a.example"}}"#,
        rules: ["async.webhook-url"]),
      DriftProbe(
        "POST", "/v1/async/task", #"{"taskType":"GOOGLE","payload":{"color":1},"color":1}"#,
        rules: ["async.unknown-members"]),
      DriftProbe("POST", "/v1/async/task/batch", "[]", rules: ["batch.size"]),
      DriftProbe(
        "POST", "/v1/async/task/batch", "[{}]",
        rules: [
          july ? "batch.item-error" : "batch.item-error-october", "batch.report", "batch.partial",
        ]),
      DriftProbe("GET", "/v1/countries?model=toaster", rules: ["countries.model"]),
      DriftProbe("GET", "/v1/states", rules: ["states.country"]),
    ] + (july ? [] : newValidations)
  }

  /// What bodies without a question show of members that came in October.
  private static let newValidations: [DriftProbe] = {
    let (chatgpt, google) = (Provider.chatgpt.path, Provider.google.path)
    return [
      DriftProbe("POST", google, #"{"query":"","gl":"US"}"#, rules: ["validation.gl"]),
      DriftProbe(
        "POST", google, #"{"query":"","gl":"de","country":"DE"}"#, rules: ["validation.gl-same"]),
      DriftProbe(
        "POST", google, #"{"query":"","gl":"us","hl":"klingon"}"#, rules: ["validation.hl"]),
      DriftProbe(
        "POST", google, #"{"query":"","gl":"us","include":{"googleGoto":true}}"#,
        rules: ["validation.goto-flag-ignored"]),
      DriftProbe(
        "POST", chatgpt, #"{"prompt":"","country":"US","legacy":1,"disableWebSearch":"no"}"#,
        rules: ["validation.chatgpt-switches"]),
      DriftProbe(
        "POST", google, #"{"gl":"us","url":"https://www.google.com/search?tbm=nws"}"#,
        rules: ["search-url.replaces-question"]),
      DriftProbe(
        "POST", google,
        #"{"hl":"en","gl":"us","pages":3,"url":"https://www.google.com/search?q="}"#,
        named: "POST \(google) with an address without a question", rules: ["search-url.address"]),
      DriftProbe(
        "POST", "/v1/monitor/google/goto", #"{"link":"https://www.example.com/goto","color":1}"#,
        rules: ["goto.link", "goto.unknown-members"]),
    ]
  }()

  private static func reports(_ revision: ContractRevision) -> [DriftProbe] {
    let models = Provider.allCases.map(\.rawValue) + ["aioverview"]
    return [
      DriftProbe(
        "GET", "/v1/countries", as: .countries(nil),
        rules: ["countries.list", "rate-limit.headers", "rate-limit.quota", "rate-limit.remaining"])
    ]
      + models.map { model in
        DriftProbe(
          "GET", "/v1/countries?model=\(model)", as: .countries(model), rules: ["countries.blocked"]
        )
      } + [
        DriftProbe("GET", "/v1/states?country=US", as: .states, rules: ["states.list"]),
        DriftProbe("GET", "/v1/states?country=DE", rules: ["states.elsewhere"]),
        DriftProbe(
          "GET", "/v1/credits", as: .members,
          rules: ["credits.report", "credits.elsewhere-free"]
            + (revision == .july2026 ? ["routes.later-endpoints"] : [])),
        DriftProbe(
          "GET", "/v1/async/status", as: .members,
          rules: ["async.status", "concurrency.status", "headers.monitor-only"]),
      ]
  }

  /// Whole questions that are refused for how their members fit together. Should one be answered,
  /// it costs what it costs.
  private static func rulesBetweenMembers(_ revision: ContractRevision) -> [DriftProbe] {
    func probe(_ provider: Provider, _ price: Int64, _ members: String, _ rule: String)
      -> DriftProbe
    {
      DriftProbe(
        "POST", provider.path,
        #"{"\#(provider.questionMember)":"\#(question)","# + members + "}", price: price,
        rules: [rule])
    }
    let prices = PriceList(of: revision)
    func price(_ provider: Provider, state: String? = nil) -> Int64 {
      prices.price(
        of: MonitorRequest(provider: provider, question: question, state: state), isSync: true)
    }
    let google = price(.google)
    let common = [
      probe(
        .google, google, #""country":"US","location":"Oslo","uule":"w+CAIQICI""#,
        "validation.location-or-uule"),
      probe(
        .gemini, price(.gemini, state: "CA"), #""country":"GB","state":"CA""#,
        "validation.state-us-only"),
      probe(
        .gemini, price(.gemini, state: "CA"), #""country":"US","state":"ZZ""#,
        "validation.state-codes"),
    ]
    guard revision == .october2026 else { return common }
    return common + [
      probe(.google, google, #""country":"US","gl":"de""#, "validation.gl-agrees"),
      DriftProbe(
        "POST", Provider.google.path,
        #"{"gl":"us","url":"https://www.google.com/search?q=boots&tbm=nws"}"#, price: google,
        rules: ["search-url.no-verticals"]),
      DriftProbe(
        "POST", Provider.google.path,
        #"{"gl":"us","url":"https://www.example.com/search?q=boots"}"#,
        price: google, rules: ["search-url.address"]),
    ]
  }

  /// The flags of `include` that cost nothing.
  private static func freeFlags(of provider: Provider) -> [(name: String, flag: Include)] {
    let (html, markdown) = (("html", Include.html), ("markdown", Include.markdown))
    switch provider {
    case .google, .googleNews: return [html]
    case .chatgpt, .aimode: return [html, markdown]
    case .gemini, .grok, .copilot, .perplexity:
      return [html, markdown, ("rawResponse", .rawResponse)]
    }
  }

  /// A plain question to each provider, with all that costs nothing.
  private static func questions(_ revision: ContractRevision) -> [DriftProbe] {
    let providers = Provider.allCases.filter { !Provider.unavailable[revision].contains($0) }
    let probes = providers.map { provider in
      asking(provider, flags: freeFlags(of: provider), extra: nil, revision)
    }
    return probes.sorted { $0.price < $1.price }
  }

  private static func asking(
    _ provider: Provider, flags: [(name: String, flag: Include)] = [], state: String? = nil,
    pages: Int = 1, extra: Extra?, _ revision: ContractRevision
  ) -> DriftProbe {
    let july = revision == .july2026
    var body: JSONObject = [
      provider.questionMember: .string(question), "country": "US",
    ]
    if let state { body.append("state", .string(state)) }
    if pages > 1 { body.append("pages", JSON(pages)) }
    if !flags.isEmpty {
      body.append(
        "include", .object(JSONObject(flags.map { JSONObject.Member($0.name, .bool(true)) })))
    }
    let request = MonitorRequest(
      provider: provider, question: question, state: state, pages: pages,
      include: Include(flags.map(\.flag)))
    let rules = [
      "results.envelope", "results.complete", "results.closed", "results.documented",
      "results.includes", "credits.on-success", "credits.sync-surcharge", "credits.free-members",
      july ? "credits.base-prices-july" : "credits.base-prices",
      july ? "credits.headers-always" : "credits.headers-on-success",
      july ? "concurrency.headers" : "concurrency.headers-october", "concurrency.counts-itself",
      july ? "headers.no-identity" : "headers.request-id", "headers.no-others",
    ]
    return DriftProbe(
      "POST", provider.path, String(decoding: JSON.object(body).encoded, as: UTF8.self),
      price: PriceList(of: revision).price(of: request, isSync: true),
      as: .result(request, extra: extra),
      rules: extra.map { [$0.rule] }
        ?? rules + (july ? [] : ["headers.latency", "headers.not-deprecated"])
        + (provider == .grok ? ["admission.grok-available"] : []))
  }

  private static func task(_ revision: ContractRevision) -> DriftProbe {
    let request = MonitorRequest(provider: .google, question: question)
    return DriftProbe(
      "POST", "/v1/async/task",
      #"{"taskType":"GOOGLE","payload":{"query":"\#(question)","country":"US"}}"#,
      price: PriceList(of: revision).price(of: request, isSync: false), as: .task(request),
      rules: [
        "async.created", "async.summary", "async.estimate", "async.read-shape", "async.charged",
        "async.result-unwrapped", "async.read-by-key", "async.key-unique", "async.key-bound",
        "batch.item-codes", revision == .july2026 ? "async.no-latency" : "async.latency",
        revision == .july2026 ? "async.conflict" : "async.conflict-october",
      ])
  }

  /// A question for each extra whose price is known before.
  private static func extras(_ revision: ContractRevision) -> [DriftProbe] {
    let july = revision == .july2026
    func extra(_ name: String, _ rule: String) -> Extra { Extra(name: name, rule: rule) }
    let overviews = extra("aiOverview", july ? "credits.overviews-july" : "credits.overviews")
    let probes = [
      asking(.google, pages: 2, extra: extra("pages", "credits.pages"), revision),
      asking(.google, flags: [("aioverview", .aiOverview)], extra: overviews, revision),
      asking(
        .google, flags: [("paaAioverview", .peopleAlsoAskOverview)], extra: overviews, revision),
      asking(.perplexity, state: "CA", extra: extra("state", "credits.state"), revision),
      asking(
        .chatgpt, flags: [("searchQueries", .searchQueries), ("shopping", .shopping)],
        extra: extra("searchQueries", "credits.chatgpt-extras"), revision),
    ]
    return probes.sorted { $0.price < $1.price }
  }
}

// MARK: What isn't asked

extension DriftProbe {
  /// Why a rule is looked at by no probe, or may not be.
  static func reason(notToCheck rule: String) -> String {
    reasons.first { $0.rules.contains(rule) }?.reason ?? usualReason(notToCheck: rule)
  }

  /// The reason of a whole group of rules.
  private static func usualReason(notToCheck rule: String) -> String {
    switch rule.prefix(while: { $0 != "." }) {
    case "rate-limit": "it would take over 1,000 requests a second"
    case "concurrency": "it would fill the account's slots"
    case "webhooks": "it needs a receiver that the service can reach"
    case "errors": "nobody can make the service fail"
    case "results": unshownReason
    default: unknownReason
    }
  }

  /// Of a rule that answers show, if they have what it speaks of.
  static let unshownReason = "no answer has shown it"
  /// What no rule of the contract may have for a reason.
  static let unknownReason = "no probe asks for it"

  private static let reasons: [(reason: String, rules: Set<String>)] = [
    (
      "it would take the account's last credits",
      [
        "credits.insufficient", "credits.never-negative", "async.submission-credits",
        "async.pick-up-credits", "async.key-before-credits", "admission.credits-before-slots",
      ]
    ),
    (
      "what it costs isn't known before",
      ["credits.expand-products", "results.expand-products", "async.expand-estimate"]
    ),
    (
      "it would fill the account's queue",
      [
        "async.queue-limit", "async.queue-refusal", "async.queue-refusal-october",
        "async.queue-all-or-nothing", "async.scheduling", "async.fills-slots",
      ]
    ),
    (
      "it would delete the account's tasks",
      ["async.clear-queue", "async.cleared-unknown", "async.clear-free"]
    ),
    (
      "it needs another plan, or weeks",
      [
        "credits.cycle-renewal", "credits.cycle-length", "credits.missed-cycles", "credits.upgrade",
        "credits.downgrade", "concurrency.downgrade", "credits.plans", "credits.free-plan-slot",
        "credits.report-free-plan",
      ]
    ),
    (
      "the account's other jobs spend credits meanwhile",
      ["credits.nothing-reserved", "credits.report-live"]
    ),
    (
      "nobody can make the service fail",
      [
        "async.attempts-used-up", "async.attempts", "async.queued-retries",
        "async.failure-response", "async.recheck", "goto.unresolved",
        "admission.model-unavailable",
      ]
    ),
    ("it needs a second account", ["async.foreign-task"]),
    ("it would take a day", ["async.lifetime"]),
    (unshownReason, ["errors.member-order"]),
    ("it takes several refusals at once, which only a double brings about", ["admission.order"]),
    ("only a link that Google has made can be resolved", ["goto.answer"]),
    ("the task ended before it was read", ["async.response-when-finished"]),
    ("it would take a batch of tasks", ["batch.credits"]),
    (
      "it would take a question of its own",
      [
        "validation.no-nested-defaults", "search-url.agreement", "search-url.country",
        "search-url.depth", "search-url.price", "results.legacy", "results.no-web-search",
        "results.redirect-link",
      ]
    ),
    ("it would take a body of a thousand mistakes", ["validation.at-most-1000"]),
    ("its requests are all of one content type", ["validation.content-type"]),
    (
      "only a double has it",
      [
        "errors.clock", "countries.excluded", "credits.own", "identifiers.own-sequence",
        "results.same-bytes", "results.made-up", "results.own-links", "results.secure-links",
        "results.repeat", "results.javascript", "results.javascript-stubs", "results.style",
        "results.live", "results.variety", "results.html-works", "results.page-size",
        "webhooks.retry-times", "webhooks.completion-order",
      ]
    ),
    (
      "answers are compared by members, types and positions alone",
      [
        "results.order", "results.asked-lists", "results.forms",
      ]
    ),
  ]
}
