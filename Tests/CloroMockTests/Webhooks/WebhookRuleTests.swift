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
    let signature = WebhookSignature.signature(
      of: Array(#"{"text":"Grüße"}"#.utf8), timestamp: 1_700_000_000, secret: "whsec_test")
    #expect(signature == "v1=d8384c7d4362d6f5f3fe5c96961e0244977bdd6f56ce8b4f7ae7bc79ba6c0b27")
  }

  @Test("Without a secret there is no header; with one there are three")
  func headers() {
    #expect(
      WebhookSignature.headers(taskID: "t", attempt: 1, body: [], timestamp: 1, secret: nil)
        .isEmpty)
    let headers = WebhookSignature.headers(
      taskID: "t", attempt: 3, body: [], timestamp: 17, secret: "s")
    #expect(
      headers.map(\.name) == ["X-Cloro-Timestamp", "X-Cloro-Signature", "X-Cloro-Webhook-Id"])
    #expect(headers[0].value == "17" && headers[2].value == "t-3")
  }

  @Test("A flawed signature is well formed and wrong; a stale timestamp is signed rightly")
  func flaws() {
    func values(_ flaw: WebhookSignature.Flaw?) -> [String] {
      WebhookSignature.headers(
        taskID: "t", attempt: 1, body: [1], timestamp: 1000, secret: "s", flaw: flaw
      ).map(\.value)
    }
    let (right, wrong, stale) = (values(nil), values(.wrongSignature), values(.age(600)))
    #expect(wrong[0] == "1000" && wrong[2] == "t-1" && wrong[1].utf8.count == right[1].utf8.count)
    #expect(zip(right[1].dropFirst(3), wrong[1].dropFirst(3)).allSatisfy { $0 != $1 })
    #expect(wrong[1].hasPrefix("v1=") && wrong[1].dropFirst(3).allSatisfy(\.isHexDigit))
    #expect(stale[0] == "400")
    #expect(stale[1] == WebhookSignature.signature(of: [1], timestamp: 400, secret: "s"))
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
