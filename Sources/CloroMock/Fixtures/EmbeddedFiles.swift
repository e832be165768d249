import CFixtures

/// The files of `Fixtures/` that the binary carries.
enum EmbeddedFiles {
  typealias Bytes = UnsafeBufferPointer<UInt8>

  /// The content of a file by its path without ending. Every name in the sources is embedded.
  static func file(_ path: String) -> Bytes {
    guard let file = all.first(where: { $0.path == path }) else {
      preconditionFailure("The binary carries no \(path).")
    }
    return file.bytes
  }

  /// The content of every file of a folder by its name without ending, in the order of embedding.
  static func folder(_ folder: String) -> [(name: String, bytes: Bytes)] {
    all.filter { $0.path.hasPrefix(folder + "/") }.map {
      (String($0.path.dropFirst(folder.count + 1)), $0.bytes)
    }
  }

  /// Where the manual is published, by https; nil when the build wasn't told.
  static var manual: String? {
    let address = String(cString: cfixture_manual())
    return address.hasPrefix("https://") ? address : nil
  }

  /// Listed once, because a start alone asks a dozen times.
  ///
  /// `nonisolated(unsafe)`: what the pointers point to is part of the program and never changes.
  nonisolated(unsafe) private static let all: [(path: String, bytes: Bytes)] = {
    var files: [(path: String, bytes: Bytes)] = []
    while let fixture = cfixture_at(Int32(files.count)) {
      let bytes = Bytes(start: fixture.pointee.bytes, count: fixture.pointee.count)
      files.append((String(cString: fixture.pointee.name), bytes))
    }
    return files
  }()
}
