import CloroContract
import JSON

/// A condition on entries of the journal. A nil property accepts every entry.
struct JournalFilter: Sendable, Equatable {
  /// The organization's name, so that the filter still applies after a reset.
  var organization: String?
  /// The key's text.
  var key: String?
  var method: String?
  var path: String?
  var status: Int?
  /// A part of the reason's text.
  var reason: String?
  var requestID: String?
  var taskID: String?
  /// A trace by its 32 digits, or the whole value of the header.
  var traceparent: String?
  /// The label of the key's organization at that time.
  var label: String?
  /// The provider that was asked, by a task too; of a batch one of them.
  var provider: Provider?
  /// A condition on the question, or on one of a batch.
  var prompt: PromptMatch?
  /// Conditions on other members of the question, or of one of a batch.
  var question = RuleMatch()

  /// The conditions that an entry doesn't meet, e.g. `status: expected 429, was 200`; empty when it
  /// meets all.
  func misses(_ entry: JournalEntry) -> [String] {
    var misses: [String] = []
    func compareTexts(_ name: String, _ wanted: String?, _ found: String?) {
      guard let wanted, !isSame(wanted, found) else { return }
      misses.append("\(name): expected \(wanted), was \(found ?? "none")")
    }
    compareTexts("organization", organization, entry.key?.organization.name)
    if let key, !isSame(key, entry.key?.text) {
      let found = entry.key.map { "the one that ends in \($0.text.suffix(4))" } ?? "none"
      misses.append("key: expected the one that ends in \(key.suffix(4)), was \(found)")
    }
    compareTexts("method", method, entry.method)
    compareTexts("path", path, entry.path)
    if let status, status != entry.status {
      let found = entry.status.map { "\($0)" } ?? "none"
      misses.append("status: expected \(status), was \(found)")
    }
    if let reason, !entry.reason.text.contains(reason) {
      misses.append("reason: expected a text with \"\(reason)\", was \"\(entry.reason.text)\"")
    }
    compareTexts("requestId", requestID, entry.requestID?.text)
    compareTexts("label", label, entry.label)
    compareTexts("taskId", taskID, entry.taskID?.text)
    if let traceparent {
      let found = entry.traceparent
      if found?.isNamed(by: traceparent) != true {
        misses.append("traceparent: expected \(traceparent), was \(found?.text ?? "none")")
      }
    }
    if concernsQuestions, !acceptsQuestion(of: entry) {
      let questions = entry.questions
      if let provider, !questions.contains(where: { $0.provider == provider }) {
        let found = questions.first?.provider.rawValue ?? "none"
        misses.append("provider: expected \(provider.rawValue), was \(found)")
      } else if let details = detailMisses(entry, questions), !details.isEmpty {
        misses += details
      } else {
        let found = questions.first.map { "\"\(ShownText.value($0.text))\"" } ?? "none"
        let expected = prompt.map { String(decoding: $0.json.encoded, as: UTF8.self) } ?? "another"
        misses.append("prompt: expected \(expected), was \(found)")
      }
    }
    return misses
  }

  private var concernsQuestions: Bool {
    provider != nil || prompt != nil || question != RuleMatch()
  }

  private func acceptsQuestion(of entry: JournalEntry) -> Bool {
    entry.questions.contains { asked in
      var steps = 0
      return acceptsText(of: asked, steps: &steps)
        && (question == RuleMatch() || question.concerns(entry.subject(of: asked), steps: &steps))
    }
  }

  private func acceptsText(of asked: JournalEntry.Asked, steps: inout Int) -> Bool {
    (provider == nil || provider == asked.provider)
      && prompt?.holds(for: asked.text, steps: &steps) ?? true
  }

  /// What the conditions on other members miss in the question that meets the most of them among
  /// those with the right text; nil when none has that.
  private func detailMisses(
    _ entry: JournalEntry, _ questions: [JournalEntry.Asked]
  ) -> [String]? {
    var steps = 0
    let others = questions.filter { acceptsText(of: $0, steps: &steps) }.map { asked in
      question.misses(entry.subject(of: asked), steps: &steps)
    }
    return others.min { $0.count < $1.count }
  }

  /// Whether an entry meets all conditions; faster than ``misses(_:)``.
  func accepts(_ entry: JournalEntry) -> Bool {
    if let organization, !isSame(organization, entry.key?.organization.name) { return false }
    if let key, !isSame(key, entry.key?.text) { return false }
    if let method, !isSame(method, entry.method) { return false }
    if let path, !isSame(path, entry.path) { return false }
    if let status, status != entry.status { return false }
    if let reason, !entry.reason.text.contains(reason) { return false }
    if let requestID, !isSame(requestID, entry.requestID?.text) { return false }
    if let label, !isSame(label, entry.label) { return false }
    if let taskID, !isSame(taskID, entry.taskID?.text) { return false }
    if let traceparent, entry.traceparent?.isNamed(by: traceparent) != true { return false }
    if concernsQuestions { return acceptsQuestion(of: entry) }
    return true
  }

  /// Whether an entry that a rule refused, or one that none refused, can meet the conditions. What
  /// no rule refused was answered 200, or lost its connection.
  func mayAccept(refusals: Bool) -> Bool {
    guard let status else { return true }
    return refusals ? status != 200 : status == 200
  }

  private func isSame(_ wanted: String, _ found: String?) -> Bool {
    found.map(wanted.hasSameBytes) ?? false
  }
}
