import Simulation

/// The headers of an attempt. [contract: webhooks]
///
/// Those that the double makes are kept as what they are made of, some bytes instead of texts.
enum WebhookHeaders: Sendable {
  typealias Field = (name: String, value: String)

  /// The content's type alone: the report isn't signed.
  case unsigned
  case signed(WebhookSignature)
  /// Others, which a document has brought.
  case other([Field])

  /// Headers that a document has brought.
  ///
  /// - Parameters:
  ///   - task: The task whose report the attempt sends.
  ///   - attempt: Its number, from 1.
  init(_ fields: [Field], of task: Identifier, attempt: Int) {
    let made: WebhookHeaders
    if fields.count == 4, let timestamp = Int64(fields[1].value),
      let digest = WebhookSignature.digest(of: fields[2].value)
    {
      made = .signed(WebhookSignature(timestamp: timestamp, digest: digest))
    } else {
      made = .unsigned
    }
    let isMade = made.fields(of: task, attempt: attempt).elementsEqual(fields) {
      $0.name.hasSameBytes(as: $1.name) && $0.value.hasSameBytes(as: $1.value)
    }
    self = isMade ? made : .other(fields)
  }

  /// The headers as they are sent, in their order.
  ///
  /// - Parameters:
  ///   - task: The task whose report the attempt sends.
  ///   - attempt: Its number, from 1.
  func fields(of task: Identifier, attempt: Int) -> [Field] {
    switch self {
    case .unsigned: [Self.contentType]
    case .signed(let signature):
      [
        Self.contentType, ("X-Cloro-Timestamp", "\(signature.timestamp)"),
        ("X-Cloro-Signature", signature.text), ("X-Cloro-Webhook-Id", "\(task.text)-\(attempt)"),
      ]
    case .other(let fields): fields
    }
  }

  private static var contentType: Field { ("Content-Type", "application/json") }
}

// MARK: Packing

extension WebhookHeaders {
  private enum Kind: UInt8 {
    case unsigned, signed, other
  }

  func pack(to writer: inout PackedWriter, sharing shares: inout PackedShares) {
    switch self {
    case .unsigned: writer.byte(Kind.unsigned.rawValue)
    case .signed(let signature):
      writer.byte(Kind.signed.rawValue)
      writer.signed(signature.timestamp)
      writer.word(signature.digest.0)
      writer.word(signature.digest.1)
      writer.word(signature.digest.2)
      writer.word(signature.digest.3)
    case .other(let fields):
      writer.byte(Kind.other.rawValue)
      writer.number(UInt64(fields.count))
      for (name, value) in fields {
        shares.write(name, to: &writer)
        writer.text(value)
      }
    }
  }

  static func unpack(_ reader: inout PackedReader, sharing shares: PackedShares) -> WebhookHeaders {
    switch Kind(rawValue: reader.byte()) {
    case .signed:
      let timestamp = reader.signed()
      let digest = (reader.word(), reader.word(), reader.word(), reader.word())
      return .signed(WebhookSignature(timestamp: timestamp, digest: digest))
    case .other:
      return .other(
        (0..<reader.number()).map { _ in (shares.text(&reader), reader.text()) })
    case .unsigned, nil: return .unsigned
    }
  }
}
