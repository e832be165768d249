import JSON

/// How an error is written on the wire. All errors are written here.
public struct ErrorForm: Sendable {
  /// How the members are wrapped (2026-07, section 7).
  public enum Envelope: Sendable {
    /// `{"error":{code,message,details?,timestamp}}`
    case object
    /// `{"success":false,"error":message,details?}`
    case text
    /// `{"success":false,"error":{code,message,details?,timestamp}}`
    case successObject
  }

  public let status: Int
  /// The error's code; the journal shows it even if the envelope has none.
  public let code: String
  public var message: String
  public let details: JSON?
  public let envelope: Envelope

  /// The body of a refusal.
  ///
  /// - Parameter timestamp: UTC with three fractional digits and `Z`.
  public func body(timestamp: String) -> [UInt8] {
    switch envelope {
    case .object: return JSON.object(["error": json(timestamp: timestamp)]).encoded
    case .successObject:
      return JSON.object(["success": false, "error": json(timestamp: timestamp)]).encoded
    case .text:
      var body: JSONObject = ["success": false, "error": .string(message)]
      if let details { body.append("details", details) }
      return JSON.object(body).encoded
    }
  }

  /// The error as an object.
  ///
  /// - Parameter timestamp: UTC with three fractional digits and `Z`; nil leaves it out.
  func json(timestamp: String?) -> JSON {
    var error: JSONObject = ["code": .string(code), "message": .string(message)]
    if let details { error.append("details", details) }
    if let timestamp { error.append("timestamp", .string(timestamp)) }
    return .object(error)
  }
}
