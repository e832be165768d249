import Simulation

extension Timestamp {
  /// A moment that many milliseconds after a whole second.
  static func make(milliseconds: Int64 = 0) -> Timestamp {
    Timestamp(milliseconds: 1_736_942_400_000 + milliseconds)
  }
}
