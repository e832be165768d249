/// A response as a client reads it.
struct RawResponse {
  let status: Int
  /// By lower-case name; the server sends no field twice.
  let fields: [String: String]
  let body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }

  /// Parses the first response of the bytes; nil when it is not complete.
  static func parse(_ bytes: [UInt8], toHead: Bool) -> (response: RawResponse, length: Int)? {
    let end = latin1("\r\n\r\n")
    guard bytes.count >= 4,
      let headEnd = (0...(bytes.count - 4)).first(where: { bytes[$0..<($0 + 4)].elementsEqual(end) }
      )
    else { return nil }
    let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let colon = line.firstIndex(of: ":")!
      let name = line[..<colon].lowercased()
      precondition(fields[name] == nil, "\(name) comes twice")
      fields[name] = String(line[colon...].dropFirst(2))
    }
    let status = Int(lines[0].split(separator: " ")[1])!
    let length = toHead || status == 100 ? 0 : Int(fields["content-length"] ?? "0")!
    let bodyStart = headEnd + 4
    guard bytes.count >= bodyStart + length else { return nil }
    let body = Array(bytes[bodyStart..<(bodyStart + length)])
    return (RawResponse(status: status, fields: fields, body: body), bodyStart + length)
  }
}
