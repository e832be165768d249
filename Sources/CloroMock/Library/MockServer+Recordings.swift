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
}
