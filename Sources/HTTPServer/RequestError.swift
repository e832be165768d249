/// Why a request can't be read. Each is answered once, and the connection then closes.
public struct RequestError: Error, Sendable, Equatable {
  /// The status of the answer: 400, 405, 408, 413, 414, 417, 431, 501 or 505.
  public let status: Int
  /// What is wrong, in one sentence without the peer's bytes.
  public let reason: String
  /// The path of a request whose body is too large; nil for anything else.
  public let path: String?

  init(_ status: Int, _ reason: String, path: String? = nil) {
    self.status = status
    self.reason = reason
    self.path = path
  }

  /// The body of a request to this path is too large.
  static func tooLarge(_ path: String?) -> RequestError {
    RequestError(413, "The body is too large.", path: path)
  }

  static func malformed(_ reason: String) -> RequestError { RequestError(400, reason) }
}
