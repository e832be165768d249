#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// Files that are read whole, and those that nobody but their owner may read.

extension System {
  /// Reads a file whole.
  ///
  /// - Parameter most: The most bytes; a longer file is refused.
  package static func contents(of path: String, atMost most: Int) throws(SystemError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw error("open") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    let piece = 16 * 1024
    while bytes.count <= most {
      var failure: SystemError?
      let count = withUnsafeTemporaryAllocation(byteCount: piece, alignment: 1) { buffer -> Int in
        let count = read(buffer.baseAddress!, piece, from: descriptor)
        if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
        if count < 0, errno != EINTR { failure = error("read") }
        return count
      }
      if let failure { throw failure }
      if count == 0 { return bytes }
    }
    throw error("read", EFBIG)
  }

  /// Makes a folder that its owner alone may use (mode 0700).
  ///
  /// - Returns: False when there is something at that path already.
  package static func makePrivateFolder(_ path: String) throws(SystemError) -> Bool {
    guard mkdir(path, 0o700) != 0 else { return true }
    guard errno == EEXIST else { throw error("mkdir") }
    return false
  }

  /// Leaves a folder or file to its owner alone.
  package static func makePrivate(_ path: String, isFolder: Bool) throws(SystemError) {
    guard chmod(path, isFolder ? 0o700 : 0o600) == 0 else { throw error("chmod") }
  }

  /// The names in a folder, without those of itself and the one above it.
  package static func names(inFolder path: String) throws(SystemError) -> [String] {
    guard let folder = opendir(path) else { throw error("opendir") }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}

extension OutputFile {
  /// Writes a file that its owner alone may read (mode 0600), whole, in place of what was there.
  package static func writePrivately(_ bytes: [UInt8], to path: String) throws(Failure) {
    do throws(SystemError) {
      try replace(path, bytes, 0o600)
    } catch {
      throw Failure(path: path, reason: error.reason)
    }
  }

  /// Makes a file that its owner alone may read (mode 0600): whole, and only where nothing is.
  ///
  /// - Returns: False when there is something at that path, which stays.
  package static func createPrivately(
    _ bytes: [UInt8], at path: String
  ) throws(Failure) -> Bool {
    do throws(SystemError) {
      let name = try written(bytes, beside: path, 0o600)
      defer { unlink(name) }
      if link(name, path) == 0 { return true }
      if errno == EEXIST { return false }
      // Some file systems have no links. There nobody can say "only where nothing is".
      guard [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS].contains(errno) else { throw System.error("link") }
      if System.fileStatus(path, followsLinks: false) != nil { return false }
      guard rename(name, path) == 0 else { throw System.error("rename") }
      return true
    } catch {
      throw Failure(path: path, reason: error.reason)
    }
  }
}
