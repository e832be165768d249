#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The charges that have arrived and are not decided, in order.
struct PendingCharges: Sendable {
  /// What the callers of one thread settle themselves. Kept when it is empty: threads are few, and
  /// charge again.
  private struct Share {
    let thread: UInt
    var charges: [PendingCharge] = []
  }

  private var charges: [PendingCharge] = []
  private var shares: [Share] = []

  /// Whether the queue is about to take what is added, or is at it and will look again.
  private var isDrainScheduled = false

  /// How many calls of ``Ledger/together(_:)`` are under way; meanwhile nothing is decided.
  var holds = 0

  /// Whether the ledger takes no more charges.
  var isClosed = false

  mutating func append(_ charge: PendingCharge, _ settlement: Ledger.Settlement) {
    guard settlement == .byCaller else { return charges.append(charge) }
    let thread = Self.currentThread
    if let index = shares.firstIndex(where: { $0.thread == thread }) {
      shares[index].charges.append(charge)
    } else {
      // Those of threads that have ended go some day.
      if shares.count >= 64 { shares.removeAll(where: \.charges.isEmpty) }
      shares.append(Share(thread: thread, charges: [charge]))
    }
  }

  /// Whether there is something to drain that the queue doesn't see to: the caller then has to.
  mutating func claimDrain() -> Bool {
    guard holds == 0, !isDrainScheduled, !charges.isEmpty || !shares.allSatisfy(\.charges.isEmpty)
    else { return false }
    isDrainScheduled = true
    return true
  }

  /// Moves all charges into an empty list, whose memory goes back into use here.
  ///
  /// - Returns: Whether there were some. If not, the drain is over.
  mutating func takeAll(into batch: inout [PendingCharge]) -> Bool {
    // Whoever holds them drains them.
    if holds == 0 {
      swap(&charges, &batch)
      for index in shares.indices {
        batch += shares[index].charges
        shares[index].charges.removeAll(keepingCapacity: true)
      }
    }
    if batch.isEmpty { isDrainScheduled = false }
    return !batch.isEmpty
  }

  /// Whether there are some that the calling thread settles itself, and may.
  var hasShare: Bool {
    let thread = Self.currentThread
    return holds == 0 && shares.contains { $0.thread == thread && !$0.charges.isEmpty }
  }

  /// Moves the calling thread's share into an empty list, whose memory goes back into use here.
  mutating func takeShare(into batch: inout [PendingCharge]) {
    let thread = Self.currentThread
    guard holds == 0, let index = shares.firstIndex(where: { $0.thread == thread }) else { return }
    swap(&shares[index].charges, &batch)
  }

  private static var currentThread: UInt {
    #if canImport(Darwin)
      UInt(bitPattern: pthread_self())
    #else
      UInt(pthread_self())
    #endif
  }
}
