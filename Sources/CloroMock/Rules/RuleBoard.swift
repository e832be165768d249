import Synchronization

/// The faults and stubs of one organization, or those that name no key and hold for all.
final class RuleBoard: Sendable {
  /// All rules with their counts, as a value: for snapshots.
  struct Rules: Sendable {
    var faults: RuleList<Fault>
    var stubs: RuleList<Stub>
  }

  /// Counts what is added to any board: rules of different boards have an order too.
  private static let added = Atomic<UInt64>(0)

  let faults: RuleShelf<Fault>
  let stubs: RuleShelf<Stub>

  /// The board of the rules that hold for all.
  init() {
    faults = RuleShelf(of: nil)
    stubs = RuleShelf(of: nil)
  }

  /// An organization's board, with what its plan's fixture gives.
  init(of organization: String, faults: [Fault], stubs: [Stub]) {
    self.faults = RuleShelf(of: organization, following: faults)
    self.stubs = RuleShelf(of: organization, following: stubs)
  }

  /// All rules with their counts. Setting them brings an earlier state back.
  var rules: Rules {
    get { Rules(faults: faults.list, stubs: stubs.list) }
    set {
      faults.list = newValue.faults
      stubs.list = newValue.stubs
    }
  }

  /// Takes over a plan's rules: what the fixture gave before is replaced if it gives something else
  /// now, and what was added stays.
  func follow(faults: [Fault], stubs: [Stub]) {
    self.faults.change { $0.follow(faults) }
    self.stubs.change { $0.follow(stubs) }
  }

  func add(_ fault: Fault) -> ActiveRule<Fault> {
    faults.change { $0.add(fault, number: Self.nextNumber()) }
  }

  func add(_ stub: Stub) -> ActiveRule<Stub> {
    stubs.change { $0.add(stub, number: Self.nextNumber()) }
  }

  private static func nextNumber() -> UInt64 { added.add(1, ordering: .relaxed).newValue }

  func removeAll() {
    faults.change { $0.removeAll() }
    stubs.change { $0.removeAll() }
  }
}

extension RuleBoard {
  /// Whether there are rules at all, here or among an organization's own, that a request may meet. Without any, the usual case,
  /// nothing need be made for them to look at.
  ///
  /// - Parameter own: The rules of the key's organization.
  func mayConcern(_ own: RuleBoard) -> Bool {
    !faults.isEmpty || !stubs.isEmpty || !own.faults.isEmpty || !own.stubs.isEmpty
  }

  /// Lets the first fault strike, of the key's organization or of this board of all; it counts.
  ///
  /// - Parameter applies: Which kinds can strike at this point.
  /// - Returns: The fault that struck, with its identifier.
  func strike(
    _ subject: RuleSubject, where applies: (Fault.Kind) -> Bool
  ) -> ActiveRule<Fault>? {
    let own = subject.ownRules?.faults
    guard !faults.isEmpty || own?.isEmpty == false else { return nil }
    return RuleShelf.strike(subject, own, faults, newestFirst: false) { applies($0.kind) }
  }

  /// Takes the stub that answers a question, of the key's organization or of this board of all: the
  /// last that was added; it counts.
  ///
  /// - Returns: The stub with its identifier; nil when the provider answers.
  func stub(for subject: RuleSubject) -> ActiveRule<Stub>? {
    let own = subject.ownRules?.stubs
    guard !stubs.isEmpty || own?.isEmpty == false else { return nil }
    return RuleShelf.strike(subject, own, stubs, newestFirst: true) { _ in true }
  }
}
