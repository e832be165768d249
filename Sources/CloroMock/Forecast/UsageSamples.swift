/// Slots and queue over the time of a forecast, in a bounded number of equal steps. Each step has
/// the most of its time, so that no peak is lost however long a step is.
struct UsageSamples: Sendable {
  struct Usage: Sendable, Hashable {
    var slots = 0
    var queued = 0
  }

  /// The most steps; 0 keeps none.
  let most: Int
  /// A step's length, in nanoseconds. It doubles when the time outgrows the steps.
  private(set) var step: Int64 = 1_000_000
  private(set) var usages: [Usage] = []
  private var present = Usage()

  init(most: Int) { self.most = most }

  /// Notes what is used from a moment on. Moments come in order.
  ///
  /// - Parameter moment: Nanoseconds after the beginning.
  mutating func note(_ usage: Usage, at moment: Int64) {
    guard most > 0 else { return }
    while moment / step >= Int64(most) { halve() }
    let index = Int(moment / step)
    if usages.count <= index {
      while usages.count < index { usages.append(present) }
      // What was used before reaches into a step that doesn't begin with this moment.
      usages.append(moment % step == 0 ? usage : Self.more(present, usage))
    } else {
      usages[index] = Self.more(usages[index], usage)
    }
    present = usage
  }

  private mutating func halve() {
    step *= 2
    usages = stride(from: 0, to: usages.count, by: 2).map { index in
      let second = index + 1 < usages.count ? usages[index + 1] : usages[index]
      return Self.more(usages[index], second)
    }
  }

  private static func more(_ one: Usage, _ other: Usage) -> Usage {
    Usage(slots: max(one.slots, other.slots), queued: max(one.queued, other.queued))
  }
}
