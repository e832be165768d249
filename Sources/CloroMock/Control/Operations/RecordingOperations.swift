import JSON

/// Recording while the double runs. Where the answers come from and where they are kept is the
/// command line's to say: no caller of the control API chooses a file or an address.
struct RecordingOperations: Sendable {
  let recorder: Recorder?

  /// How to record.
  struct Order: Sendable {
    /// The credits that may be spent from now on; nil for all that the double may still spend.
    var maxCredits: Int?

    static let members: [ObjectMember<Order>] = [
      .integer("maxCredits", \.maxCredits, in: 0...1_000_000_000)
    ]
  }

  /// Records from now on. Once more changes only what may be spent.
  func start(_ order: Order) throws(ControlError) -> Recorder.Progress {
    try ControlError.check { Order.members.check(order, at: $0, into: Order()) }
    return try present().begin(atMost: order.maxCredits.map(Int64.init))
  }

  /// Records nothing that is asked from now on.
  func stop() throws(ControlError) -> Recorder.Progress { try present().end() }

  private func present() throws(ControlError) -> Recorder {
    guard let recorder else {
      throw .conflict(
        """
        This double has nothing to record with: start it with --record DIR --upstream URL, or as a \
        library with a RecordingOrder.
        """)
    }
    return recorder
  }
}
