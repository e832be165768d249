import CloroContract
import JSON
import Simulation
import Synchronization

/// The requests or tasks that a rule applies to. A nil property sets no condition.
struct RuleMatch: Sendable, Hashable {
  var key: String?
  /// A route's template, such as `/v1/async/task/{taskId}`, a path, or the beginning of paths with
  /// `*` behind it.
  var path: String?
  /// A method in capitals. `GET` includes `HEAD`, as in the routes.
  var method: String?
  var provider: Provider?
  var prompt: PromptMatch?
  /// A country code in capitals.
  var country: String?
  /// Flags that the question must have, or must not have.
  var include: IncludeMatch?
  /// A USPS code in capitals.
  var state: String?
  var device: MonitorRequest.Device?
  /// The label of the key's organization.
  var label: String?
  /// Conditions on members of the question.
  var body: BodyMatch?
  /// Only the nth request or task that meets the other conditions, from 1.
  var nth: Int?

  /// Whether all conditions except ``nth`` are met. The text is compared last, because that takes
  /// longest.
  ///
  /// - Parameter steps: The steps of searches so far, to which those of this one are added.
  func concerns(_ subject: RuleSubject, steps: inout Int) -> Bool {
    if let key, !key.hasSameBytes(as: subject.key ?? "") { return false }
    if let path, !Self.path(path, concerns: subject) { return false }
    if let method, !Self.method(method, includes: subject.method) { return false }
    if let provider, provider != subject.provider { return false }
    if let country, country != subject.country?.uppercased() { return false }
    if let label, !label.hasSameBytes(as: subject.label ?? "") { return false }
    if hasDetails {
      guard let request = subject.request else { return false }
      if let state, state != request.state { return false }
      if let device, device != request.device { return false }
      if let include, !include.holds(for: request.include) { return false }
      if let body, body.misses(subject.body ?? .null, steps: &steps) != nil { return false }
    }
    guard let prompt else { return true }
    guard let question = subject.question else { return false }
    return prompt.holds(for: question, steps: &steps)
  }

  /// Whether there are conditions on the question beside provider, country and text.
  private var hasDetails: Bool {
    include != nil || state != nil || device != nil || body != nil
  }

  private static func path(_ path: String, concerns subject: RuleSubject) -> Bool {
    path.hasSameBytes(as: subject.path) || path == subject.route
      || path.hasSuffix("*") && subject.path.utf8.starts(with: path.utf8.dropLast())
  }

  static func method(_ method: String, includes other: String) -> Bool {
    method == other || method == "GET" && other == "HEAD"
  }
}

extension RuleMatch {
  typealias Member = ObjectMember<RuleMatch>

  private static let key = Member.text("key", \.key)
  private static let path = Member.text("path", \.path)
  private static let method = Member.text("method", \.method)
  private static let provider = Member.choice("provider", \.provider)
  private static let prompt = PromptMatch.member("prompt", \RuleMatch.prompt)
  private static let country = Member.value(
    "country", \.country, expected: "an ISO 3166-1 alpha-2 code in capitals",
    from: { $0.string }, json: { .string($0) }, where: { Country.isKnown($0) })
  private static let include = IncludeMatch.member("include", \RuleMatch.include)
  private static let state = Member.value(
    "state", \.state, expected: "a USPS code in capitals", from: { $0.string },
    json: { .string($0) }, where: { code in USState.all.contains { $0.code == code } })
  private static let device = Member.choice("device", \.device)
  private static let label = Member.text("label", \.label)
  private static let body = BodyMatch.member("body", \RuleMatch.body)
  private static let nth = Member.integer("nth", \.nth, in: 1...1_000_000_000)

  /// All conditions, in the order in which they are listed.
  private static let all = [
    key, path, method, provider, prompt, country, include, state, device, label, body, nth,
  ]

  /// The conditions that a fault may have.
  static let ofFaults = [key, path, method, provider, prompt, nth]
  /// The conditions that a stub may have.
  static let ofStubs = [
    provider, prompt, country, key, include, state, device, label, body,
  ]

  /// The conditions on a question that entries of the journal may be searched for.
  static let ofQuestions = [country, include, state, device, body]

  /// Reads the member `match`.
  ///
  /// - Parameter members: The conditions that the rule may have.
  init(_ reader: inout ObjectReader, _ members: [Member]) {
    self.init()
    guard var inner = reader.reader("match") else { return }
    members.read(&inner, into: &self)
    inner.finish()
  }

  /// Notes what is wrong with a condition that was made in this process.
  ///
  /// - Parameter members: The conditions that the rule may have.
  func check(_ members: [Member], at place: ObjectPlace) {
    members.check(self, at: place.inner("match"), into: RuleMatch())
  }

  /// The condition as it is listed.
  var json: JSON { .object(Self.all.json(of: self)) }
}

/// What rules are compared with.
struct RuleSubject: Sendable {
  /// The API key's text.
  var key: String?
  /// The rules of the key's organization, which apply in addition to those of all.
  var ownRules: RuleSet?
  let path: String
  /// The template of the request's route, which equals the path unless that has a variable segment.
  let route: String
  let method: String
  /// The task that it is about, or that the path names.
  var task: String?
  var provider: Provider?
  var question: String?
  var country: String?
  /// The whole question; nil when there is none.
  var request: MonitorRequest?
  /// The task that it was submitted as; nil for a synchronous one.
  var submission: AsyncTaskRequest?
  /// The label of the key's organization.
  var label: String?
  /// On the double's clock.
  var now = Timestamp(nanoseconds: 0)
  /// The seed of the draws that decide by probability.
  var seed: UInt64
  /// Told when not all rules could be looked at.
  let limit = RuleLimit()

  private let members = QuestionMembers()

  /// The question's members, to which a condition's pointers lead; nil when there is no question.
  var body: JSON? { request.map { members.json(of: $0, submission) } }
}

extension RuleSubject {
  /// A task, whatever becomes of it.
  ///
  /// - Parameters:
  ///   - task: Its id.
  ///   - key: The key that submitted it.
  ///   - ownRules: Those of the key's organization.
  ///   - label: The organization's.
  ///   - now: On the double's clock.
  ///   - seed: Of its draws.
  init(
    task: String, _ submission: AsyncTaskRequest, of key: String?, ownRules: RuleSet?,
    label: String?, at now: Timestamp, seed: UInt64
  ) {
    let request = submission.request
    self.init(
      key: key, ownRules: ownRules, path: "/v1/async/task", route: "/v1/async/task",
      method: "POST", task: task, provider: request.provider, question: request.question,
      country: request.country, request: request, submission: submission, label: label, now: now,
      seed: seed)
  }
}

/// The members of one question, made when a condition first asks for them: the rules that are
/// compared with it may be many.
private final class QuestionMembers: Sendable {
  private let made = Mutex<JSON?>(nil)

  func json(of request: MonitorRequest, _ submission: AsyncTaskRequest?) -> JSON {
    made.withLock { made in
      let json = made ?? BodyMatch.members(of: request, submission)
      made = json
      return json
    }
  }
}

/// What becomes of a request's rules when searching its question for all of them takes too long.
final class RuleLimit: Sendable {
  /// The most steps of searches at one point of a request's way, after which no further rule is
  /// looked at. They take about a tenth of a second, in which the event loop does nothing else; the
  /// search that exceeds them is finished.
  static let steps = 5_000_000

  /// What the journal says.
  static let mention = "not all rules were looked at: their regular expressions took too long"

  private let exceeded = Atomic<Bool>(false)

  var isExceeded: Bool { exceeded.load(ordering: .relaxed) }

  func exceed() { exceeded.store(true, ordering: .relaxed) }
}
