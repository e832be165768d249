import CloroContract

extension Organization {
  /// The recording that answers a question next, as a stub, and counts it. Only what no other stub
  /// answers is looked for here.
  ///
  /// - Returns: nil when there are no recordings, or the question is none of them.
  func recording(
    of request: MonitorRequest, in contract: ContractRevision, _ replay: Replay?
  ) -> CountedRule<Stub>? {
    guard let replay else { return nil }
    return withState { $0.recording(of: request, in: contract, replay) }
  }

  /// What the recording of a question costs that comes next.
  ///
  /// - Returns: nil when its price is the usual one, or there is none.
  func recordedCredits(
    of request: MonitorRequest, in contract: ContractRevision, _ replay: Replay?
  ) -> Int64? {
    guard let replay else { return nil }
    return withState {
      replay.coming(RecordingKey(request, in: contract), $0.turns.all())?.credits
    }
  }
}

extension Organization.State {
  /// The same as of the organization, for callers that have its lock.
  mutating func recording(
    of request: MonitorRequest, in contract: ContractRevision, _ replay: Replay?
  ) -> CountedRule<Stub>? {
    guard let replay else { return nil }
    let key = RecordingKey(request, in: contract)
    return turns.change(key) { replay.next(key, &$0) }.map {
      CountedRule(unlisted: $0.name, Stub($0))
    }
  }
}
