#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// Calls that concern files.

extension System {
  /// What a path leads to.
  package struct FileStatus: Equatable, Sendable {
    package enum Kind: String, Sendable {
      case regular = "a file"
      case directory = "a directory"
      case characterDevice = "a device"
      case blockDevice = "a block device"
      case fifo = "a FIFO"
      case socket = "a socket"
      case link = "a link"
      case unknown = "of an unknown kind"
    }

    package let kind: Kind
    package let device: UInt64
    package let inode: UInt64
    /// In bytes.
    package let size: Int64
    /// The permission bits.
    package let permissions: UInt32
  }

  /// Gives a file a size; what is added is zeros. Does nothing when that isn't permitted.
  package static func resizeFile(_ path: String, to size: Int64) { _ = truncate(path, off_t(size)) }

  /// Looks at a path.
  ///
  /// - Parameter followsLinks: Whether what a link leads to is meant, and not the link.
  /// - Returns: nil when there is nothing, or it can't be seen; `errno` says why.
  package static func fileStatus(_ path: String, followsLinks: Bool = true) -> FileStatus? {
    var status = stat()
    guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    let kind: FileStatus.Kind =
      switch mode_t(status.st_mode) & mode_t(S_IFMT) {
      case mode_t(S_IFREG): .regular
      case mode_t(S_IFDIR): .directory
      case mode_t(S_IFCHR): .characterDevice
      case mode_t(S_IFBLK): .blockDevice
      case mode_t(S_IFIFO): .fifo
      case mode_t(S_IFSOCK): .socket
      case mode_t(S_IFLNK): .link
      default: .unknown
      }
    return FileStatus(
      kind: kind, device: UInt64(truncatingIfNeeded: status.st_dev),
      inode: UInt64(truncatingIfNeeded: status.st_ino), size: Int64(status.st_size),
      permissions: UInt32(status.st_mode & 0o777))
  }

  /// The most bytes that ``contents(of:)`` reads, so that a device that never ends does.
  private static let mostContents = 256 << 20

  /// The whole content of a file, or of whatever else can be read at a path.
  package static func contents(of path: String) throws(SystemError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw error("open") }
    defer { close(descriptor) }
    return try contents(ofDescriptor: descriptor)
  }

  /// What can still be read from a descriptor.
  package static func contents(ofDescriptor descriptor: Int32) throws(SystemError) -> [UInt8] {
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = System.read(&buffer, buffer.count, from: descriptor)
      if count < 0 {
        if wasInterrupted { continue }
        throw error("read")
      }
      guard count > 0 else { return content }
      content += buffer[..<count]
      guard content.count <= mostContents else { throw error("read", EFBIG) }
    }
  }

  /// Whether entries of a folder can be made.
  ///
  /// - Returns: nil when they can, else the system's reason.
  package static func reasonNotToWrite(inFolder path: String) -> String? {
    access(path, W_OK | X_OK) == 0 ? nil : error("access").reason
  }

  /// The folder of a path, as text: `.` for a name alone.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The path without links; nil when there is nothing.
  package static func resolvedPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The text of a link; nil when it can't be read.
  fileprivate static func linkTarget(_ path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &bytes, bytes.count - 1)
    guard count > 0 else { return nil }
    return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A file that the double writes for somebody else: the port's, for example.
///
/// A regular file is replaced whole, by renaming, so that a reader never sees a part of it. Into
/// everything else that can be written into, such as a device or a FIFO, the bytes are written.
/// A link is followed and stays. What can be neither is refused: a folder, a socket, a disk.
package enum OutputFile {
  /// Why a file can't be written, in words for a person.
  package struct Failure: Error, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path) can't be written: \(reason)" }
  }

  /// Why nothing can be written at a path, whatever it is; nil when that has to be tried.
  package static func refusal(of path: String) -> Failure? {
    do throws(Failure) {
      switch try place(of: path) {
      case .replaceable, .stream, .descriptor: return nil
      case .unusable(let kind): return Failure(path: path, reason: "it is \(kind.rawValue)")
      case .nowhere: return Failure(path: path, reason: "it is a link to nothing")
      }
    } catch {
      return error
    }
  }

  /// Writes a file.
  ///
  /// A FIFO that nobody reads yet gets the bytes as soon as somebody does, from a thread of its
  /// own; the call doesn't wait for that.
  ///
  /// - Parameter isSecret: Whether only its owner may read the file, which is replaced then in any
  ///   case. The default is false.
  package static func write(
    _ bytes: [UInt8], to path: String, isSecret: Bool = false
  ) throws(Failure) {
    func fail(_ reason: String) -> Failure { Failure(path: path, reason: reason) }
    if let refusal = refusal(of: path) { throw refusal }
    switch try place(of: path) {
    case .replaceable(let target, let permissions):
      do throws(SystemError) {
        try replace(target, bytes, isSecret ? 0o600 : permissions)
      } catch {
        // A file may be writable where its folder isn't, or be mounted by itself.
        guard permissions != nil, !isSecret, overwrite(target, bytes) else {
          throw fail(error.reason)
        }
      }
    case .descriptor(let descriptor):
      guard writeAll(bytes, to: descriptor) else { throw fail(System.error("write").reason) }
    case .stream(let isFIFO):
      let flags = O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC
      let descriptor = open(path, isFIFO ? flags | O_NONBLOCK : flags)
      if descriptor < 0, isFIFO, errno == ENXIO { return writeLater(bytes, to: path, flags) }
      guard descriptor >= 0 else { throw fail(System.error("open").reason) }
      defer { close(descriptor) }
      guard writeAll(bytes, to: descriptor) else { throw fail(System.error("write").reason) }
    case .unusable, .nowhere: break
    }
  }

  /// Adds to a file, which is made when it isn't there.
  package static func append(_ bytes: [UInt8], to path: String) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw Failure(path: path, reason: System.error("open").reason)
    }
    defer { close(descriptor) }
    guard writeAll(bytes, to: descriptor) else {
      throw Failure(path: path, reason: System.error("write").reason)
    }
  }

  private enum Place {
    /// A regular file with its permissions, or nothing yet.
    case replaceable(String, permissions: UInt32?)
    case stream(isFIFO: Bool)
    /// One of this process's own descriptors, such as standard output.
    case descriptor(Int32)
    case unusable(System.FileStatus.Kind)
    /// A link that leads to nothing.
    case nowhere
  }

  /// How many links are followed, as the system does.
  private static let mostLinks = 40

  private static func place(of path: String) throws(Failure) -> Place {
    var target = path
    for _ in 0..<mostLinks {
      guard let status = System.fileStatus(target, followsLinks: false) else {
        let failure = System.error("lstat")
        guard failure.code == ENOENT else { throw Failure(path: path, reason: failure.reason) }
        return target == path ? .replaceable(path, permissions: nil) : .nowhere
      }
      switch status.kind {
      case .regular: return .replaceable(target, permissions: status.permissions)
      case .characterDevice: return .stream(isFIFO: false)
      case .fifo: return .stream(isFIFO: true)
      case .directory, .blockDevice, .socket, .unknown: return .unusable(status.kind)
      case .link:
        let folder = System.folder(of: target)
        // These links stand for open files, for example `/dev/stdout`; whoever has the file open
        // must find there what is written.
        if let place = System.resolvedPath(folder), place.hasPrefix("/proc/") {
          if place == "/proc/\(getpid())/fd", let own = Int32(target.dropFirst(folder.count + 1)) {
            return .descriptor(own)
          }
          switch System.fileStatus(path)?.kind {
          case .regular, .characterDevice: return .stream(isFIFO: false)
          case .fifo: return .stream(isFIFO: true)
          case let other?: return .unusable(other)
          case nil: return .nowhere
          }
        }
        guard let next = System.linkTarget(target) else { return .nowhere }
        target = next.hasPrefix("/") ? next : "\(folder)/\(next)"
      }
    }
    throw Failure(path: path, reason: "it has too many links")
  }

  static func replace(
    _ path: String, _ bytes: [UInt8], _ permissions: UInt32?
  ) throws(SystemError) {
    let mask = umask(0)
    umask(mask)
    let name = try written(bytes, beside: path, permissions ?? 0o666 & ~UInt32(mask))
    guard rename(name, path) == 0 else {
      let failure = System.error("rename")
      unlink(name)
      throw failure
    }
  }

  /// Writes a file of another name in the folder of a path.
  ///
  /// - Returns: Its name. When that fails there is no such file.
  static func written(
    _ bytes: [UInt8], beside path: String, _ permissions: UInt32
  ) throws(SystemError) -> [CChar] {
    var name = Array("\(path).XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw System.error("mkstemp") }
    guard fchmod(descriptor, mode_t(permissions)) == 0, writeAll(bytes, to: descriptor) else {
      let failure = System.error("write")
      close(descriptor)
      unlink(name)
      throw failure
    }
    guard close(descriptor) == 0 else {
      let failure = System.error("close")
      unlink(name)
      throw failure
    }
    return name
  }

  private static func overwrite(_ path: String, _ bytes: [UInt8]) -> Bool {
    let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    let isWritten = writeAll(bytes, to: descriptor)
    return close(descriptor) == 0 && isWritten
  }

  private static func writeLater(_ bytes: [UInt8], to path: String, _ flags: Int32) {
    // Without a thread nobody gets the bytes; whoever waits for them sees that.
    try? System.startThread {
      let descriptor = open(path, flags)
      guard descriptor >= 0 else { return }
      _ = writeAll(bytes, to: descriptor)
      close(descriptor)
    }
  }

  /// - Returns: Whether all was written; otherwise `errno` says why not.
  static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { buffer in
        System.write(buffer.baseAddress!, buffer.count, to: descriptor)
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count == 0 || errno != EINTR {
        return false
      }
    }
    return true
  }
}
