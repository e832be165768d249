import CFixtures

/// The files of `Fixtures/` that the binary carries.
enum EmbeddedFiles {
  /// The content of every file of a folder by its name without ending, in the order of embedding.
  static func folder(_ folder: String) -> [(name: String, bytes: UnsafeBufferPointer<UInt8>)] {
    var files: [(name: String, bytes: UnsafeBufferPointer<UInt8>)] = []
    var index: Int32 = 0
    while let fixture = cfixture_at(index) {
      index += 1
      let path = String(cString: fixture.pointee.name)
      guard path.hasPrefix(folder + "/") else { continue }
      files.append(
        (
          String(path.dropFirst(folder.count + 1)),
          UnsafeBufferPointer(start: fixture.pointee.bytes, count: fixture.pointee.count)
        ))
    }
    return files
  }
}
