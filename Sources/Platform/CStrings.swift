/// Calls `body` with the texts as a C array: pointers, the last one null.
package func withStrings<Result>(
  _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  let bytes = texts.map { Array($0.utf8CString) }
  let flat = bytes.flatMap { $0 }
  return flat.withUnsafeBufferPointer { flat in
    var pointers: [UnsafePointer<CChar>?] = []
    var start = 0
    for text in bytes {
      pointers.append(flat.baseAddress! + start)
      start += text.count
    }
    pointers.append(nil)
    return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}

/// Calls `body` with the text as a C string, or with a null pointer.
package func withOptionalString<Result>(
  _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
  guard let text else { return body(nil) }
  return text.withCString { body($0) }
}
