import CloroContract

/// What a recording is found by: the question to a provider with all its flags, as the contract
/// normalises them. Recording and replay both use it, so a recorded question always finds itself.
///
/// White space around a question, defaults that are written out or left out, the order of members
/// and members that are ignored make no difference; nor does it whether a question is asked at once
/// or as a task.
struct RecordingKey: Sendable, Hashable {
  /// The revision in which the question was read: it decides which members count.
  let contract: ContractRevision
  let request: MonitorRequest

  init(_ request: MonitorRequest, in contract: ContractRevision) {
    self.contract = contract
    self.request = request
  }
}

extension Recording {
  /// What it is found by: a key for each revision that takes its question. Empty for a call that
  /// asks no provider.
  var keys: [RecordingKey] {
    guard let provider else { return [] }
    return ContractRevision.allCases.compactMap { contract in
      var ignored = IgnoredMembers()
      let validated = MonitorRequest.validate(
        request, for: provider, in: contract, ignored: &ignored)
      guard case .valid(let request) = validated else { return nil }
      return RecordingKey(request, in: contract)
    }
  }
}
