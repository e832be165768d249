import HTTPServer

/// Sends a body in equal parts over a time of the double's clock: the head at once, the last part at
/// the end.
struct SlowBody: Sendable {
  private let stream: ResponseStream
  private let parts: [[UInt8]]
  private let call: Call
  private let clock: MockClock
  private let duration: Int64
  private let handover: (@Sendable () -> Void)?

  /// Sends the head.
  ///
  /// - Parameters:
  ///   - duration: From the head to the last part, in nanoseconds.
  ///   - chunks: How many parts, 1 or more.
  init(
    _ response: HTTPResponse, _ call: Call, _ clock: MockClock, over duration: Int64, chunks: Int,
    handover: (@Sendable () -> Void)?
  ) {
    let body = response.body
    parts = (0..<chunks).map { index in
      Array(body[body.count * index / chunks..<body.count * (index + 1) / chunks])
    }
    var head = response
    head.body = []
    stream = call.responder.stream(head)
    self.call = call
    self.clock = clock
    self.duration = duration
    self.handover = handover
  }

  func start() { wait(forPart: 0) }

  private func wait(forPart index: Int) {
    let interval = duration / Int64(parts.count)
    clock.schedule(after: interval, kind: .latency, id: call.requestID.text) {
      // The next part's timer is set before this one counts as done.
      let activity = clock.activity.begin()
      send(index) { clock.activity.end(activity) }
    }
  }

  private func send(_ index: Int, then done: @escaping @Sendable () -> Void) {
    guard index + 1 < parts.count else {
      return stream.finish(parts[index], completion: { _ in done() }, handover: handover)
    }
    stream.send(parts[index]) { delivery in
      switch delivery {
      case .sent: wait(forPart: index + 1)
      case .failed:
        // Whoever is gone takes no more, and what the answer held is free.
        handover?()
      }
      done()
    }
  }
}
