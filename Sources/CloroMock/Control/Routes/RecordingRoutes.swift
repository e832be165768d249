import JSON

/// The routes that switch recording on and off.
enum RecordingRoutes {
  static let all = [
    ControlRoute(.post, "recordings/start", readsBody: true) { call throws(ControlError) in
      let order = try call.read { reader in
        var order = RecordingOperations.Order()
        RecordingOperations.Order.members.read(&reader, into: &order)
        return order
      }
      return ControlAnswer(body: json(try call.operations.recordings.start(order)))
    },
    ControlRoute(.post, "recordings/stop") { call throws(ControlError) in
      ControlAnswer(body: json(try call.operations.recordings.stop()))
    },
  ]

  private static func json(_ progress: Recorder.Progress) -> JSON {
    [
      "recording": .bool(progress.isOn), "directory": .string(progress.folder),
      "recorded": JSON(progress.recorded), "creditsSpent": .integer(progress.spent),
      "creditsRemaining": .integer(progress.remaining), "underWay": JSON(progress.underWay),
    ]
  }
}
