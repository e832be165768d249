import Logging

extension MockServer {
  /// Loads the recordings that are to answer.
  static func replay(_ configuration: MockConfiguration) throws(MockStartError) -> Replay? {
    guard let path = configuration.replay else { return nil }
    do throws(RecordingFolder.Failure) {
      let files = try RecordingFolder(path).read()
      let shapes = RecordedShapes(of: files)
      for line in shapes.unknown {
        configuration.logger.notice(
          "a recording has members that the contract doesn't name",
          metadata: ["members": "\(line)"])
      }
      for line in shapes.retyped {
        configuration.logger.notice(
          "a recording has a member of another type than the contract says",
          metadata: ["member": "\(line)"])
      }
      return Replay(
        files, onMiss: configuration.onMiss,
        chargesRecorded: configuration.recordedCredits)
    } catch {
      throw .recordings(error.lines)
    }
  }

  /// Makes what asks the real service, if its answers are to be recorded.
  static func recorder(_ configuration: MockConfiguration) throws(MockStartError) -> Recorder? {
    guard let order = configuration.record else { return nil }
    guard UpstreamClient.isUsable else {
      throw .recordings(["recording needs libcurl (Debian's libcurl4), which is not there"])
    }
    let folder = RecordingFolder(order.folder)
    do throws(RecordingFolder.Failure) {
      try folder.make()
      let place = Upstream.Place(
        url: order.upstream, key: order.key, authorities: order.authorities)
      let secrets =
        [configuration.adminToken].compactMap { $0 }
        + configuration.plans.plans.values.compactMap(\.webhooks.secret)
      return Recorder(
        in: folder, try folder.read(), from: Upstream(place), atMost: order.maxCredits,
        recordsErrors: order.errors, secrets: secrets, logger: configuration.logger)
    } catch {
      throw .recordings(error.lines)
    }
  }
}

extension MockServer {
  /// What recording has done so far.
  public struct RecordingProgress: Sendable, Hashable {
    /// Whether questions are asked and recorded that nothing else answers.
    public let isRecording: Bool
    /// The folder of the files.
    public let folder: String
    /// How many files this double has written.
    public let recorded: Int
    /// The credits that the service has charged so far.
    public let creditsSpent: Int64
    /// The credits that may still be spent, without those set aside for ``underWay``.
    public let creditsRemaining: Int64
    /// How many questions are with the service. They were paid for, and are recorded even after
    /// ``MockServer/stopRecording()``.
    public let underWay: Int

    init(_ progress: Recorder.Progress) {
      isRecording = progress.isOn
      folder = progress.folder
      recorded = progress.recorded
      creditsSpent = progress.spent
      creditsRemaining = progress.remaining
      underWay = progress.underWay
    }
  }

  /// Records from now on, with the service and the folder of ``MockConfiguration/record``
  /// (`POST /_mock/recordings/start`). A double that has them records from its start.
  ///
  /// - Parameter maxCredits: The credits that may be spent from now on, 0 to 1,000,000,000. Never
  ///   more than is left of ``RecordingOrder/maxCredits``, which nil, the default, takes.
  /// - Throws: ``ControlRefusal`` 409 when there is nothing to record with, 400 for another number.
  @discardableResult
  public func startRecording(
    maxCredits: Int? = nil
  ) async throws(ControlRefusal) -> RecordingProgress {
    RecordingProgress(
      try await perform { control throws(ControlError) in
        try control.recordings.start(RecordingOperations.Order(maxCredits: maxCredits))
      })
  }

  /// Records nothing that is asked from now on (`POST /_mock/recordings/stop`): recordings that
  /// were loaded answer, and otherwise the double itself. May be called again, to see how many
  /// questions are still under way.
  ///
  /// - Throws: ``ControlRefusal`` 409 when there is nothing to record with.
  @discardableResult
  public func stopRecording() async throws(ControlRefusal) -> RecordingProgress {
    RecordingProgress(
      try await perform { control throws(ControlError) in try control.recordings.stop() })
  }
}

/// What is recorded, and where from.
public struct RecordingOrder: Sendable {
  /// The folder of the files, which is made if it isn't there.
  public var folder: String
  /// The real service: `https://api.cloro.dev`, without a path.
  public var upstream: String
  /// The key that it is asked with. No file, log or answer has it.
  public var key: String
  /// A file of authorities in PEM form. The default is nil, which takes the system's.
  public var authorities: String?
  /// The credits that may be spent, 0 or more. The default is 100. Then recording stops, and the
  /// double goes on with answers of its own.
  public var maxCredits: Int64 = 100
  /// Whether errors are recorded too. The default is false.
  public var errors = false

  /// An order with the defaults for everything else.
  public init(folder: String, upstream: String, key: String) {
    self.folder = folder
    self.upstream = upstream
    self.key = key
  }
}
