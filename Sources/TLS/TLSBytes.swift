import CTLS

/// What sessions write, until it is sent. The sessions of one loop share it.
///
/// `@unchecked Sendable`: touched by one thread at a time.
package final class TLSBytes: @unchecked Sendable {
  /// The most memory that is kept between uses, in bytes.
  private static let kept = 1024 * 1024

  @exclusivity(unchecked) var bytes = ctls_bytes()

  package init() {}

  deinit { ctls_bytes_clear(&bytes, 0) }

  package var isEmpty: Bool { bytes.count == 0 }

  package var count: Int { bytes.count }

  /// What was written, until the next write.
  package var written: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: bytes.start, count: bytes.count)
  }

  package func clear() { ctls_bytes_clear(&bytes, Self.kept) }

  /// The bytes that a call writes.
  static func made(_ write: (UnsafeMutablePointer<ctls_bytes>) -> Bool) -> [UInt8] {
    let output = TLSBytes()
    return write(&output.bytes) ? Array(output.written) : []
  }
}
