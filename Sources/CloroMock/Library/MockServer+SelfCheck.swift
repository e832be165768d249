extension MockServer {
  /// What the double has found out about itself.
  public struct SelfCheck: Sendable, Hashable {
    /// What disagrees, one line each; nothing when all is well.
    public let problems: [String]
    /// Whether memory agrees with the ledger and with itself.
    public var isConsistent: Bool { problems.isEmpty }
    /// How many organizations there are.
    public let organizations: Int
    /// How many keys there are, the revoked ones too.
    public let keys: Int
    /// Slots that running requests hold.
    public let slotsOfRequests: Int
    /// Slots that tasks hold.
    public let slotsOfTasks: Int
    /// Tasks that wait for a slot.
    public let queuedTasks: Int
    /// Tasks that are being worked on.
    public let processingTasks: Int
    /// Tasks that are over and aren't deleted yet.
    public let finishedTasks: Int
  }

  /// Compares memory with the ledger, and the counts of slots and queues with what they count
  /// (`GET /_mock/selfcheck`).
  ///
  /// - Throws: ``ControlRefusal`` 500 when the ledger can't be read.
  public func selfCheck() async throws(ControlRefusal) -> SelfCheck {
    try await perform { control throws(ControlError) in
      let report = try control.selfCheck.report()
      return SelfCheck(
        problems: report.problems, organizations: report.organizations, keys: report.keys,
        slotsOfRequests: report.slots.requests, slotsOfTasks: report.slots.tasks,
        queuedTasks: report.tasks.queued, processingTasks: report.tasks.processing,
        finishedTasks: report.tasks.finished)
    }
  }
}
