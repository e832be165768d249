import HTTPServer
import JSON

/// What a control call answers.
struct ControlAnswer: Sendable {
  let response: HTTPResponse

  /// An answer in JSON.
  init(status: Int = 200, body: JSON) { self.init(status: status, json: body.encoded) }

  /// An answer in JSON that is text already.
  init(status: Int = 200, json: [UInt8]) {
    var fields = HTTPFields()
    fields.append("Content-Type", "application/json")
    response = HTTPResponse(status: status, fields: fields, body: json)
  }

  /// Metrics in Prometheus' text form.
  init(metrics: [UInt8]) {
    var fields = HTTPFields()
    fields.append("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
    response = HTTPResponse(status: 200, fields: fields, body: metrics)
  }

  /// A page; it may load and run nothing, unless the policy says otherwise.
  init(html: [UInt8], policy: String = "default-src 'none'") {
    var fields = HTTPFields()
    fields.append("Content-Type", "text/html; charset=utf-8")
    fields.append("Content-Security-Policy", policy)
    fields.append("X-Content-Type-Options", "nosniff")
    response = HTTPResponse(status: 200, fields: fields, body: html)
  }

  /// Sends the client to another address for good.
  init(redirect address: String) {
    var fields = HTTPFields()
    fields.append("Location", address)
    response = HTTPResponse(status: 308, fields: fields)
  }
}
