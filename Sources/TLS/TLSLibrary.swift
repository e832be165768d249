import CTLS
import Synchronization

/// The system's OpenSSL, loaded when it is first needed.
enum TLSLibrary {
  private static let loading = Mutex(())

  /// Loads it, unless it is loaded.
  static func load() throws(TLSError) {
    try loading.withLock { _ throws(TLSError) in
      try call { ctls_load($0) ? () : nil }
    }
  }

  /// Calls what writes a reason where it fails.
  static func call<Value>(
    _ body: (UnsafeMutablePointer<CChar>) -> Value?
  ) throws(TLSError) -> Value {
    var failure = [CChar](repeating: 0, count: Int(CTLS_FAILURE))
    if let value = body(&failure) { return value }
    let text = failure.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    throw TLSError(String(decoding: text, as: UTF8.self))
  }
}

/// A certificate of OpenSSL's.
///
/// `@unchecked Sendable`: it never changes, and OpenSSL counts its references atomically.
final class Certificate: @unchecked Sendable {
  let pointer: OpaquePointer

  /// Takes over a reference.
  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  deinit { ctls_certificate_free(pointer) }

  /// Reads the first certificate of a file's content.
  convenience init(pem: [UInt8]) throws(TLSError) {
    self.init(
      try TLSLibrary.call { failure in
        pem.withUnsafeBytes { ctls_certificate_read($0.baseAddress, $0.count, failure) }
      })
  }

  /// The file's content.
  var pem: [UInt8] { TLSBytes.made { ctls_certificate_write(pointer, $0) } }

  /// Until when it is valid, in seconds since the Unix epoch.
  var end: Int64 { ctls_certificate_end(pointer) }
}

/// A private key of OpenSSL's.
///
/// `@unchecked Sendable`: as ``Certificate``.
final class PrivateKey: @unchecked Sendable {
  let pointer: OpaquePointer

  /// A new key of the curve P-256.
  init() throws(TLSError) { pointer = try TLSLibrary.call { ctls_key_make($0) } }

  /// Reads a key from a file's content.
  init(pem: [UInt8]) throws(TLSError) {
    pointer = try TLSLibrary.call { failure in
      pem.withUnsafeBytes { ctls_key_read($0.baseAddress, $0.count, failure) }
    }
  }

  deinit { ctls_key_free(pointer) }

  /// The file's content, which nothing protects.
  var pem: [UInt8] { TLSBytes.made { ctls_key_write(pointer, $0) } }

  func fits(_ certificate: Certificate) -> Bool { ctls_fits(certificate.pointer, pointer) }
}
