import Logging

extension MockServer {
  /// Loads the recordings that are to answer.
  static func replay(_ configuration: MockConfiguration) throws(MockStartError) -> Replay? {
    guard let path = configuration.replay else { return nil }
    do throws(RecordingFolder.Failure) {
      let files = try RecordingFolder(path).read()
      for line in RecordedShapes.unknownMembers(of: files) {
        configuration.logger.notice(
          "a recording has members that the contract doesn't name",
          metadata: ["members": "\(line)"])
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
