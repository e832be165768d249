import HTTPServer
import Simulation

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

  /// Goes on to the end even if the client leaves: then the slot is free. What the client doesn't take
  /// waits in the stream, and no timer waits for the client.
  private func wait(forPart index: Int) {
    let interval = duration / Int64(parts.count)
    clock.schedule(after: interval, kind: .latency, id: call.requestID.text) {
      let activity = clock.activity.begin()
      if index + 1 < parts.count {
        stream.send(parts[index])
        wait(forPart: index + 1)
      } else {
        stream.finish(parts[index], handover: handover)
      }
      call.responder.afterwards { clock.activity.end(activity) }
    }
  }
}
