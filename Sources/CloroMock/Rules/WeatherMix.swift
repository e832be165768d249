import CloroContract
import JSON
import Simulation

/// What a weather is made of. Whatever is left out doesn't happen, and latencies stay as they are.
final class WeatherMix: Sendable {
  /// What holds for a provider, or else for all.
  struct ByProvider<Value: Sendable>: Sendable {
    fileprivate(set) var usual: Value?
    fileprivate(set) var own: [Provider: Value] = [:]

    subscript(provider: Provider) -> Value? { own[provider] ?? usual }
  }

  /// An error that comes instead of an answer.
  struct Failure: Sendable {
    let error: APIError
    let status: Int
    /// 0…1.
    let probability: Double
    /// Seconds for `Retry-After`; nil sends none.
    let retryAfter: Int64?
  }

  /// What becomes of webhooks' attempts.
  struct Webhooks: Sendable {
    /// The probability that an attempt isn't sent and counts as failed.
    fileprivate(set) var lost = 0.0
    /// The probability that an attempt is sent late.
    fileprivate(set) var slow = 0.0
    /// How late, on the double's clock. The default is 30 seconds. [chosen]
    fileprivate(set) var delay = LatencyDistribution.constant(30 * 1_000_000_000)
  }

  /// What happens to an attempt of a webhook.
  enum Passage: Sendable {
    /// Carries the probability.
    case lost(Double)
    /// Carries the nanoseconds that it waits.
    case slow(Int64)
  }

  let latency: ByProvider<LatencyDistribution>
  let errors: ByProvider<[Failure]>
  /// The probability that a task fails instead of completing.
  let taskFailures: ByProvider<Double>
  let webhooks: Webhooks

  private static let expectedProbability = "a number from 0 to 1"

  /// Reads a mix; problems are noted.
  init(_ reader: ObjectReader) {
    var reader = reader
    _ = reader.string("$schema")
    _ = reader.string("about")
    latency = Self.members("latency", &reader) { $0.latency($1) }
    errors = Self.members("errors", &reader, Self.failures)
    taskFailures = Self.members("taskFailures", &reader) { Self.probability($1, &$0) }
    webhooks = Self.webhooks(&reader)
    reader.finish()
  }

  private static func members<Value>(
    _ name: String, _ reader: inout ObjectReader,
    _ read: (inout ObjectReader, String) -> Value?
  ) -> ByProvider<Value> {
    var all = ByProvider<Value>()
    guard var inner = reader.reader(name) else { return all }
    all.usual = read(&inner, "default")
    for provider in Provider.allCases { all.own[provider] = read(&inner, provider.rawValue) }
    inner.finish()
    return all
  }

  private static func probability(_ name: String, _ reader: inout ObjectReader) -> Double? {
    reader.member(name, expected: expectedProbability) { json in
      json.number.flatMap { 0...1 ~= $0 ? $0 : nil }
    }
  }

  private static func failures(_ reader: inout ObjectReader, _ name: String) -> [Failure]? {
    let failures = reader.readers(name)?.compactMap { failure($0) }
    checkSum(of: failures?.map(\.probability) ?? [], name, reader)
    return failures
  }

  private static func failure(_ reader: ObjectReader) -> Failure? {
    var reader = reader
    for name in ["status", "probability"] { reader.require(name) }
    var error = DocumentedError()
    DocumentedError.members.read(&reader, into: &error)
    let probability = probability("probability", &reader)
    reader.finish()
    if error.retryAfter != nil, let status = error.status, status != 503 {
      reader.fail("retryAfter", "goes with status 503 only: cloro sends it with no other error")
    }
    guard let status = error.status, let found = error.found(at: reader.place), let probability
    else { return nil }
    return Failure(
      error: found, status: status, probability: probability,
      retryAfter: error.retryAfter.map { Int64($0) })
  }

  private static func webhooks(_ reader: inout ObjectReader) -> Webhooks {
    var webhooks = Webhooks()
    guard var inner = reader.reader("webhooks") else { return webhooks }
    webhooks.lost = probability("lost", &inner) ?? 0
    webhooks.slow = probability("slow", &inner) ?? 0
    webhooks.delay = inner.latency("delay") ?? webhooks.delay
    inner.finish()
    checkSum(of: [webhooks.lost, webhooks.slow], "slow", inner, " with \"lost\"")
    return webhooks
  }

  /// Notes probabilities whose sum is more than 1. Decimal fractions have no exact sum, so a little
  /// more is still 1.
  private static func checkSum(
    of probabilities: [Double], _ name: String, _ reader: ObjectReader, _ others: String = ""
  ) {
    let sum = probabilities.reduce(0, +)
    guard sum > 1 + 1e-9 else { return }
    let shown = String(decoding: JSON.decimal((sum * 1e6).rounded() / 1e6).encoded, as: UTF8.self)
    reader.fail(name, "expected probabilities with a sum of at most 1\(others), found \(shown)")
  }

  /// The error that a draw gives a question; nil when it is answered.
  ///
  /// - Parameter share: Above 0 and below 1.
  func failure(of provider: Provider, at share: Double) -> Failure? {
    var share = share
    for failure in errors[provider] ?? [] {
      if share < failure.probability { return failure }
      share -= failure.probability
    }
    return nil
  }

  /// What a draw does to an attempt of a webhook; nil when it is sent at once.
  ///
  /// - Parameters:
  ///   - share: Above 0 and below 1.
  ///   - delay: The draw of how late it is, above 0 and below 1.
  func passage(at share: Double, delay: Double) -> Passage? {
    if share < webhooks.lost { return .lost(webhooks.lost) }
    guard share < webhooks.lost + webhooks.slow else { return nil }
    let nanoseconds = webhooks.delay.duration(at: delay)
    return nanoseconds > 0 ? .slow(nanoseconds) : nil
  }
}
