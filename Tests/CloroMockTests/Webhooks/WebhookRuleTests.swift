import Simulation
import Testing

@testable import CloroMock

@Suite("Webhooks: the pure rules")
struct WebhookRuleTests {
  @Test("Five attempts: after 2, 4, 8 and 16 minutes, then no more")
  func plan() {
    let plan = WebhookRetryPlan(settings: Plan.Webhooks())
    #expect((1...5).map { plan.delay(afterAttempt: $0) } == [120, 240, 480, 960, nil])
  }

  @Test("The last delay serves for further attempts")
  func longPlan() {
    var settings = Plan.Webhooks()
    settings.attempts = 4
    settings.retrySeconds = [1, 2]
    let plan = WebhookRetryPlan(settings: settings)
    #expect((1...4).map { plan.delay(afterAttempt: $0) } == [1, 2, 2, nil])
  }

  /// Computed with Python: `hmac.new(b"whsec_test", b"1700000000." + body, "sha256").hexdigest()`.
  @Test("The signature is the HMAC of timestamp, dot and body with the secret's whole text")
  func signature() {
    let signature = WebhookSignature(
      of: Array(#"{"text":"Grüße"}"#.utf8), timestamp: 1_700_000_000, .init("whsec_test"))
    #expect(signature.text == "v1=d8384c7d4362d6f5f3fe5c96961e0244977bdd6f56ce8b4f7ae7bc79ba6c0b27")
  }

  private let task = Identifier(1)

  @Test("Without a secret there is only the content's type; with one there are three headers more")
  func headers() {
    let plain = WebhookHeaders.unsigned.fields(of: task, attempt: 1)
    #expect(plain.map { "\($0.name): \($0.value)" } == ["Content-Type: application/json"])
    let headers = WebhookHeaders.signed(WebhookSignature(of: [], timestamp: 17, .init("s")))
      .fields(of: task, attempt: 3)
    #expect(
      headers.map(\.name)
        == ["Content-Type", "X-Cloro-Timestamp", "X-Cloro-Signature", "X-Cloro-Webhook-Id"])
    #expect(headers[1].value == "17" && headers[3].value == "\(task.text)-3")
  }

  @Test("A flawed signature is well formed and wrong; a stale timestamp is signed rightly")
  func flaws() {
    func signature(_ flaw: WebhookSignature.Flaw?) -> WebhookSignature {
      WebhookSignature(of: [1], timestamp: 1000, .init("s"), flaw: flaw)
    }
    let (right, wrong, stale) = (signature(nil), signature(.wrongSignature), signature(.age(600)))
    #expect(wrong.timestamp == 1000 && wrong.text.utf8.count == right.text.utf8.count)
    #expect(zip(right.text.dropFirst(3), wrong.text.dropFirst(3)).allSatisfy { $0 != $1 })
    #expect(wrong.text.hasPrefix("v1=") && wrong.text.dropFirst(3).allSatisfy(\.isHexDigit))
    #expect(stale.timestamp == 400)
    #expect(stale.text == WebhookSignature(of: [1], timestamp: 400, .init("s")).text)
  }

  @Test("Headers that a document brings are kept as a signature exactly if they are the double's")
  func foundHeaders() {
    let signature = WebhookSignature(of: [1], timestamp: 1000, .init("s"))
    for headers in [WebhookHeaders.unsigned, .signed(signature)] {
      let fields = headers.fields(of: task, attempt: 2)
      func isMade(_ fields: [WebhookHeaders.Field], of task: Identifier, _ attempt: Int) -> Bool {
        let found = WebhookHeaders(fields, of: task, attempt: attempt)
        #expect(found.fields(of: task, attempt: attempt).map(\.name) == fields.map(\.name))
        #expect(found.fields(of: task, attempt: attempt).map(\.value) == fields.map(\.value))
        if case .other = found { return false }
        return true
      }
      #expect(isMade(fields, of: task, 2))
      #expect(isMade(fields, of: task, 3) == (fields.count == 1))
      #expect(isMade(fields, of: Identifier(2), 2) == (fields.count == 1))
      #expect(!isMade(fields.reversed() + [("X", "")], of: task, 2))
      for index in fields.indices {
        for change in ["0", " ", "A"] {
          var changed = fields
          changed[index].value = change + changed[index].value
          #expect(!isMade(changed, of: task, 2))
          changed[index] = (fields[index].name + change, fields[index].value)
          #expect(!isMade(changed, of: task, 2))
          changed[index] = (fields[index].name, fields[index].value.uppercased())
          #expect(isMade(changed, of: task, 2) == (changed[index].value == fields[index].value))
        }
        var fewer = fields
        fewer.remove(at: index)
        #expect(!isMade(fewer, of: task, 2))
      }
    }
  }

  @Test(
    "A receiver has eight places; who waits for one comes in order, and no other receiver waits")
  func gate() {
    var gate = ReceiverGate<Int>(places: 256)
    let width = ReceiverGate<Int>.width
    let entered = (0..<width + 2).map { job in gate.enter("slow", job) }
    #expect(entered == Array(repeating: true, count: width) + [false, false])
    let other = gate.enter("other", 0)
    #expect(other)
    let awaited = [gate.isAwaited("slow"), gate.isAwaited("other"), gate.isAwaited("new")]
    #expect(awaited == [true, false, false])
    let left = (0..<3).map { _ in gate.leave("slow", .silent) }
    #expect(left == [[width], [width + 1], []])
    let isAwaited = gate.isAwaited("slow")
    #expect(!isAwaited)
    let late = [gate.enter("slow", 99), gate.enter("slow", 100)]
    #expect(late == [true, false])
  }

  @Test("All receivers together have so many places, and what waits comes when one is free")
  func places() {
    var gate = ReceiverGate<Int>(places: 8)
    var started = (0..<40).filter { gate.enter("dead \($0 % 10)", $0) }
    // Half of the places for whoever comes, a quarter more for the first of each receiver.
    #expect(started == Array(0..<6))
    for place in 0..<40 {
      started += gate.leave("dead \(started[place] % 10)", .silent)
    }
    #expect(started.sorted() == Array(0..<40))
  }

  @Test("A receiver that is new gets the next place that is free")
  func new() {
    var gate = ReceiverGate<Int>(places: 4)
    let dead = (0..<20).filter { gate.enter("dead \($0)", $0) }
    #expect(dead == [0, 1, 2])
    let isFirst = gate.enter("new", 99)
    #expect(!isFirst)
    let next = gate.leave("dead 0", .silent)
    #expect(next == [99])
  }

  @Test("Receivers that answer find a place beside any number of dead attempts")
  func well() {
    var gate = ReceiverGate<Int>(places: 8)
    let isFirst = gate.enter("well", 0)
    #expect(isFirst)
    let none = gate.leave("well", .prompt)
    #expect(none.isEmpty)
    let dead = (0..<80).filter { gate.enter("dead \($0 % 10)", $0) }
    #expect(dead.count == 6)
    let well = (0..<2).map { gate.enter("well", $0) }
    #expect(well == [true, true])
    let next = gate.leave("well", .prompt)
    #expect(next.isEmpty)
    // A receiver that has become silent waits like the others.
    _ = gate.leave("well", .silent)
    let silent = gate.enter("well", 9)
    #expect(!silent)
  }

  @Test("A receiver that has answered late comes before those that don't answer")
  func late() {
    var gate = ReceiverGate<Int>(places: 8)
    _ = gate.enter("busy", 0)
    _ = gate.leave("busy", .late)
    let dead = (0..<80).filter { gate.enter("dead \($0 % 10)", $0) }
    #expect(dead.count == 6)
    let entered = gate.enter("busy", 99)
    #expect(!entered)
    let next = gate.leave("dead 0", .silent)
    #expect(next == [99])
    // Those that are known to be dead leave it a place at any time.
    for place in 1..<6 { _ = gate.leave("dead \(place)", .silent) }
    let again = gate.enter("busy", 100)
    #expect(again)
  }
}
