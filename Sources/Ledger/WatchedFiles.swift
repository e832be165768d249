import Platform

/// The files of a running ledger: notices when somebody deletes or replaces one, or cuts it short.
///
/// What is written afterwards would be gone with the process, for SQLite goes on writing into files
/// that have no name any more. A look costs three calls of the system, which is little beside a
/// commit.
struct WatchedFiles {
  private struct Seen {
    let device: UInt64
    let inode: UInt64
    let size: Int64
  }

  private let path: String
  /// The file, its WAL, in which a running ledger has what isn't in the file yet, and the index of
  /// the WAL. None gets smaller while the ledger runs.
  private var files: [(path: String, seen: Seen?)]

  /// - Parameter path: The file as it was opened.
  init(_ path: String) {
    self.path = path
    // SQLite follows links when it opens a file, and has the WAL beside what they lead to.
    let real = System.resolvedPath(path) ?? path
    files = [(real, nil), ("\(real)-wal", nil), (Self.index(of: real), nil)]
    _ = look()
  }

  /// Looks at the files.
  ///
  /// - Returns: What has happened to one since the last look; nil when all is well.
  mutating func look() -> LedgerError? {
    for index in files.indices {
      let file = files[index]
      guard let status = System.fileStatus(file.path) else {
        guard file.seen == nil else { return lost(file.path, "is not there any more") }
        continue
      }
      if let seen = file.seen {
        guard status.device == seen.device, status.inode == seen.inode else {
          return lost(file.path, "was replaced by another file")
        }
        guard status.size >= seen.size else {
          // The index is mapped into memory, and whoever touches memory behind its end is ended by
          // the system. An index of zeros SQLite makes anew from the WAL.
          if file.path == Self.index(of: files[0].path) {
            System.resizeFile(file.path, to: seen.size)
          }
          return lost(file.path, "was cut short")
        }
      }
      files[index].seen = Seen(device: status.device, inode: status.inode, size: status.size)
    }
    return nil
  }

  /// The path of the index of a file's WAL.
  private static func index(of file: String) -> String { "\(file)-shm" }

  private func lost(_ file: String, _ what: String) -> LedgerError {
    .lost(path: path, reason: "\(file) \(what)")
  }
}
