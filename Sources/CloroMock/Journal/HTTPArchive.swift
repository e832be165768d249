import Bytes
import CloroContract
import HTTPServer
import JSON

/// Requests as an HTTP Archive, version 1.2. (http://www.softwareishard.com/blog/har-12-spec)
///
/// What the double knows beyond it stands in members of its own, which begin with an underscore as
/// the format wants it: `_requestId`, `_taskId`, `_organization`, `_key`, `_creditsCharged`. The
/// reason is the entry's comment. Bytes that were no request are left out: the format has no place
/// for them.
///
/// An archive is passed on, so it has neither keys, which the journal shows by their ends alone,
/// nor cookies, nor secrets of webhooks.
enum HTTPArchive {
  static func json(of entries: [SeenRequest]) -> JSON {
    [
      "log": [
        "version": "1.2", "creator": ["name": "cloro-mock", "version": .string(version)],
        "entries": .array(entries.filter { $0.method != "" }.map(json)),
      ]
    ]
  }

  /// The version that the double's description names.
  private static let version: String = {
    let description = try? JSON(parsing: Array(EmbeddedFiles.file("openapi")))
    return description?["info"]?["version"]?.string ?? "unknown"
  }()

  private static func json(_ entry: SeenRequest) -> JSON {
    [
      "startedDateTime": .string(entry.at.text), "time": JSON(entry.latencyMs),
      "request": request(entry), "response": response(entry), "cache": [:],
      "timings": ["send": 0, "wait": JSON(entry.latencyMs), "receive": 0],
      "comment": .string(hidingSecrets(entry.reason)), "_requestId": JSON(entry.requestID),
      "_taskId": JSON(entry.taskID), "_organization": JSON(entry.organization),
      "_key": JSON(entry.key), "_creditsCharged": JSON(entry.creditsCharged),
    ]
  }

  private static func request(_ entry: SeenRequest) -> JSON {
    let message = entry.request
    var request: JSONObject = [
      "method": .string(entry.method), "url": .string(hidingSecrets(url(entry))),
      "httpVersion": "HTTP/1.1", "cookies": [], "headers": headers(message),
      "queryString": .array(
        QueryString(message.query).parameters.map { pair($0.name, $0.value) }),
    ]
    if message.bodyBytes > 0 {
      request.append(
        "postData",
        [
          "mimeType": .string(message.headers["Content-Type"] ?? "application/octet-stream"),
          "params": [], "text": .string(hidingSecrets(message.body)),
        ])
    }
    request.append("headersSize", -1)
    request.append("bodySize", JSON(message.bodyBytes))
    return .object(request)
  }

  /// Where the client believes it was.
  private static func url(_ entry: SeenRequest) -> String {
    let query = entry.request.query.map { "?\($0)" } ?? ""
    let origin =
      entry.isProxied
      ? "https://\(ServiceAddress.host)" : "http://\(entry.request.headers["Host"] ?? "localhost")"
    return origin + entry.path + query
  }

  /// A request that got no status has 0, as browsers write it.
  private static func response(_ entry: SeenRequest) -> JSON {
    let message = entry.response
    let status = entry.status ?? 0
    let phrase = entry.status.flatMap { HTTPResponse.phrase(of: $0) }.map { "\($0)" } ?? ""
    return [
      "status": JSON(status), "statusText": .string(phrase), "httpVersion": "HTTP/1.1",
      "cookies": [], "headers": headers(message),
      "content": [
        "size": JSON(message.bodyBytes),
        "mimeType": .string(message.headers["Content-Type"] ?? ""),
        "text": .string(hidingSecrets(message.body)),
      ],
      "redirectURL": .string(message.headers["Location"] ?? ""), "headersSize": -1,
      "bodySize": JSON(message.bodyBytes),
    ]
  }

  private static func headers(_ message: SeenRequest.Message) -> JSON {
    .array(
      message.headers.fields.map { field in
        let isCookie = ["cookie", "set-cookie"].contains(field.name.lowercased())
        return pair(field.name, isCookie ? "…" : field.value)
      })
  }

  private static func pair(_ name: String, _ value: String) -> JSON {
    ["name": .string(hidingSecrets(name)), "value": .string(hidingSecrets(value))]
  }

  /// Replaces what follows `whsec_` in a text.
  static func hidingSecrets(_ text: String) -> String {
    let prefix = Array("whsec_".utf8)
    guard text.utf8.count >= prefix.count else { return text }
    let bytes = Array(text.utf8)
    var output: [UInt8] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == prefix[0], bytes.has(prefix, at: index) else {
        output.append(bytes[index])
        index += 1
        continue
      }
      output += prefix
      output.append("…")
      index += prefix.count
      while index < bytes.count, isOfSecret(bytes[index]) { index += 1 }
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// Letters, digits, and what else base64 has.
  private static func isOfSecret(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "_"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
