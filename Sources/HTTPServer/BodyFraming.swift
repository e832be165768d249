import Bytes

/// How the end of a response's body is marked (RFC 9112, section 6.3).
enum BodyFraming: Equatable {
  /// By `Content-Length`.
  case length(Int)
  /// By the last chunk of the chunked transfer coding.
  case chunked
  /// By the connection's end, for HTTP/1.0, which knows no transfer coding.
  case untilClose

  /// Appends the field line that announces the framing, if it has one. It begins with the CR LF
  /// that ends the line before it, and has none at its own end.
  func appendField(to output: inout [UInt8]) {
    switch self {
    case .length(let count):
      output.append("\r\nContent-Length: ")
      output.append(decimal: Int64(count))
    case .chunked: output.append("\r\nTransfer-Encoding: chunked")
    case .untilClose: break
    }
  }

  /// Appends a piece of the body. An empty piece appends nothing, because an empty chunk would end
  /// the body.
  func append(piece: [UInt8], to output: inout [UInt8]) {
    guard !piece.isEmpty else { return }
    guard self == .chunked else { return output.append(contentsOf: piece) }
    output.append(contentsOf: String(piece.count, radix: 16).utf8)
    output.append("\r\n")
    output.append(contentsOf: piece)
    output.append("\r\n")
  }

  /// Appends what follows the last piece.
  func appendEnd(to output: inout [UInt8]) {
    if self == .chunked { output.append("0\r\n\r\n") }
  }
}
