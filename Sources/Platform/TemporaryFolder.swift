#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder for files of this process, which its owner alone may use (mode 0700).
package struct TemporaryFolder: Sendable {
  /// Where it is.
  package let path: String

  /// Makes one.
  ///
  /// - Parameters:
  ///   - parent: The folder in which it is made, e.g. `/tmp`.
  ///   - name: What its name begins with.
  package init(in parent: String, _ name: String) throws(SystemError) {
    var template = Array("\(parent)/\(name).XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw System.error("mkdtemp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes the files of these names, and the folder if it is empty then.
  package func remove(_ names: [String]) {
    for name in names { unlink("\(path)/\(name)") }
    rmdir(path)
  }
}
