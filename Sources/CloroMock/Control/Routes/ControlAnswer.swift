import HTTPServer
import JSON

/// The answer to a control call.
struct ControlAnswer: Sendable {
  let response: HTTPResponse

  /// An answer in JSON.
  init(status: Int = 200, body: JSON) { self.init(status: status, json: body.encoded) }

  /// An answer in JSON that is already encoded.
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

  /// Certificates in PEM form. (RFC 8555, section 9.1)
  init(certificates: [UInt8]) {
    var fields = HTTPFields()
    fields.append("Content-Type", "application/pem-certificate-chain")
    response = HTTPResponse(status: 200, fields: fields, body: certificates)
  }

  /// A text of another type.
  init(text: String, contentType: String) {
    self.init(file: Array(text.utf8), contentType: contentType)
  }

  /// Bytes of another type.
  init(file: [UInt8], contentType: String) {
    var fields = HTTPFields()
    fields.append("Content-Type", contentType)
    response = HTTPResponse(status: 200, fields: fields, body: file)
  }

  /// An HTML page. It may load and run nothing, unless the policy allows it.
  init(html: [UInt8], policy: String = "default-src 'none'") {
    var fields = HTTPFields()
    fields.append("Content-Type", "text/html; charset=utf-8")
    fields.append("Content-Security-Policy", policy)
    fields.append("X-Content-Type-Options", "nosniff")
    response = HTTPResponse(status: 200, fields: fields, body: html)
  }

  /// Redirects the client permanently.
  init(redirect address: String) {
    var fields = HTTPFields()
    fields.append("Location", address)
    response = HTTPResponse(status: 308, fields: fields)
  }

  /// Redirects this one request: another program may have the port tomorrow.
  init(redirectOnce address: String) {
    var fields = HTTPFields()
    fields.append("Location", address)
    fields.append("Vary", "Accept")
    fields.append("Cache-Control", "no-store")
    response = HTTPResponse(status: 307, fields: fields)
  }
}
