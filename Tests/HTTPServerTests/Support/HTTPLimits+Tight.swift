import HTTPServer

extension HTTPLimits {
  /// Limits that a short request already breaks.
  static var tight: HTTPLimits {
    var limits = HTTPLimits()
    limits.requestLine = 48
    limits.head = 160
    limits.fields = 5
    limits.body = 32
    return limits
  }
}
