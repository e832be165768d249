import HTTPServer
import Simulation

/// Sends a body in equal parts over a period of the double's clock: the head at once, the last part
/// at the end.
struct SlowBody: Sendable {
  private let head: HTTPResponse
  private let parts: [[UInt8]]
  private let call: Call
  private let duration: Int64

  /// - Parameters:
  ///   - duration: From the head to the last part, in nanoseconds.
  ///   - chunks: How many parts, 1 or more.
  init(_ response: HTTPResponse, _ call: Call, over duration: Int64, chunks: Int) {
    let body = response.body
    parts = (0..<chunks).map { index in
      Array(body[body.count * index / chunks..<body.count * (index + 1) / chunks])
    }
    var head = response
    head.body = []
    self.head = head
    self.call = call
    self.duration = duration
  }

  /// Sends the head, and then the parts as time passes.
  func start() {
    let activity = call.takeActivity()
    let stream = call.responder.stream(head)
    wait(forPart: 0, stream)
    end(activity)
  }

  /// Ends the activity of a timer once its part has been written.
  private func end(_ activity: Activity.Token?) {
    guard let activity else { return }
    call.responder.execute { call.services.clock.activity.end(activity) }
  }

  /// Continues to the end even if the client leaves, because the slot is released at the end. What
  /// the client doesn't take waits in the stream; no timer waits for the client.
  private func wait(forPart index: Int, _ stream: ResponseStream) {
    call.wait(duration / Int64(parts.count)) {
      guard index + 1 < parts.count else { return stream.finish(parts[index], observer: call) }
      // The next part's timer begins its own activity.
      let activity = call.takeActivity()
      stream.send(parts[index])
      wait(forPart: index + 1, stream)
      end(activity)
    }
  }
}
