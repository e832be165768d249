import CloroContract
import JSON
import Synchronization

/// The faults that are set, in the order in which they came.
final class FaultBoard: Sendable {
  /// What a fault may look at.
  struct Subject {
    let key: APIKey?
    let path: String
    var provider: Provider?
    var question: String?
    /// Decides about probabilities.
    let seed: UInt64
  }

  private struct State {
    var faults: [Fault] = []
    var added: UInt64 = 0
  }

  private let state = Mutex(State())
  /// Whether there is any fault: the usual case, none, costs no lock.
  private let isEmpty = Atomic<Bool>(true)

  /// All faults; those that name a key when given.
  func all(of key: APIKey?) -> [Fault] {
    state.withLock { $0.faults.filter { key == nil || $0.match.key == key?.text } }
  }

  /// Adds a fault.
  ///
  /// - Parameter make: Makes it from its identifier.
  func add(_ make: (String) -> Fault) -> Fault {
    state.withLock { state in
      state.added += 1
      let fault = make("fault-\(state.added)")
      state.faults.append(fault)
      isEmpty.store(false, ordering: .releasing)
      return fault
    }
  }

  /// Removes one fault.
  ///
  /// - Returns: Whether it was there.
  func remove(_ id: String) -> Bool {
    state.withLock { state in
      let before = state.faults.count
      state.faults.removeAll { $0.id == id }
      isEmpty.store(state.faults.isEmpty, ordering: .releasing)
      return state.faults.count < before
    }
  }

  /// Removes all faults, or those that name a key.
  func removeAll(of key: APIKey?) {
    state.withLock { state in
      state.faults.removeAll { key == nil || $0.match.key == key?.text }
      isEmpty.store(state.faults.isEmpty, ordering: .releasing)
    }
  }

  /// The first fault that strikes a subject; it counts.
  ///
  /// - Parameter applies: Which kinds can strike at this point.
  func strike(_ subject: Subject, where applies: (Fault.Kind) -> Bool) -> Fault.Kind? {
    guard !isEmpty.load(ordering: .acquiring) else { return nil }
    return state.withLock { state in
      for index in state.faults.indices {
        guard applies(state.faults[index].kind),
          Self.concerns(state.faults[index].match, subject)
        else { continue }
        state.faults[index].seen += 1
        let fault = state.faults[index]
        guard fault.match.nth.map({ $0 == fault.seen }) ?? true, fault.times != 0,
          Self.isDrawn(fault, subject)
        else { continue }
        if let times = fault.times { state.faults[index].times = times - 1 }
        return fault.kind
      }
      return nil
    }
  }

  private static func concerns(_ match: Fault.Match, _ subject: Subject) -> Bool {
    if let key = match.key, key != subject.key?.text { return false }
    if let path = match.path, path != subject.path { return false }
    if let provider = match.provider, provider != subject.provider { return false }
    if let prompt = match.prompt {
      guard let question = subject.question, prompt.holds(for: question) else { return false }
    }
    return true
  }

  private static func isDrawn(_ fault: Fault, _ subject: Subject) -> Bool {
    guard fault.probability < 1 else { return true }
    var hash = StableHash(seed: subject.seed)
    hash.combine(fault.id)
    return Double(hash.value >> 11) / 9_007_199_254_740_992 < fault.probability
  }
}
