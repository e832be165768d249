import ArgumentParser
import CloroMock
import JSON

// The settings of recording, which depend on each other.

extension ServeSettings {
  /// Puts together what is recorded.
  ///
  /// - Parameter key: The key of the real service, which no message shows.
  /// - Returns: nil when nothing is.
  /// - Throws: A usage error when one of the settings is missing or can't be used.
  static func order(
    folder: Source?, upstream: Source?, authorities: Source?, credits: Source?, errors: Bool,
    key: String
  ) throws -> RecordingOrder? {
    guard let folder else {
      if let alone = authorities ?? credits {
        throw usage(alone.origin, alone.text, "it goes with --record")
      }
      return nil
    }
    guard let upstream else {
      throw usage(folder.origin, folder.text, "together with --upstream")
    }
    guard isUsable(upstream.text) else {
      throw usage(
        upstream.origin, upstream.text,
        "https:// and a host, or http:// and a loopback address, without a path")
    }
    guard !key.isEmpty, key.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      Message.write(
        "\(folder.origin) needs the service's key in the variable CLORO_MOCK_UPSTREAM_KEY, "
          + (key.isEmpty ? "which is not set" : "which holds none"))
      throw ExitCode.validationFailure
    }
    var order = RecordingOrder(
      folder: folder.text,
      upstream: upstream.text.hasSuffix("/") ? String(upstream.text.dropLast()) : upstream.text,
      key: key)
    order.authorities = authorities?.text
    order.errors = errors
    if let credits {
      guard let number = Int64(credits.text), 0...1_000_000_000 ~= number else {
        throw usage(credits.origin, credits.text, "a whole number of credits from 0")
      }
      order.maxCredits = number
    }
    return order
  }

  private static func isUsable(_ url: String) -> Bool {
    guard let scheme = ["https://", "http://"].first(where: { url.hasPrefix($0) }) else {
      return false
    }
    var authority = url.dropFirst(scheme.count)
    if authority.last == "/" { authority.removeLast() }
    let isPlain = authority.utf8.allSatisfy { byte in
      0x61...0x7A ~= byte | 0x20 || 0x30...0x39 ~= byte || "-.:[]".utf8.contains(byte)
    }
    guard !authority.isEmpty, isPlain else { return false }
    guard scheme == "http://" else { return true }
    let host =
      authority.hasPrefix("[")
      ? String(authority.dropFirst().prefix { $0 != "]" })
      : String(authority.prefix { $0 != ":" })
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    let isLoopback = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    return host == "localhost" || host == "::1" || isLoopback
  }
}
