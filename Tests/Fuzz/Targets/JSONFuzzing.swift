import JSON

/// The JSON parser and writer: a value that is written reads back as the same value.
enum JSONFuzzing {
  static func check(_ bytes: UnsafeBufferPointer<UInt8>) {
    do throws(JSONError) {
      let value = try JSON(parsing: bytes)
      let encoded = value.encoded
      let again: JSON
      do throws(JSONError) {
        again = try JSON(parsing: encoded)
      } catch {
        fatalError("what was written can't be read: \(error)")
      }
      require(again == value && again.encoded == encoded, "what was written reads otherwise")
      require(depth(of: value) <= JSON.deepestNesting, "nested too deeply")
    } catch {
      require(0...bytes.count ~= error.offset, "a problem outside of the text")
    }
  }

  private static func depth(of value: JSON) -> Int {
    switch value {
    case .array(let elements): 1 + (elements.map { depth(of: $0) }.max() ?? 0)
    case .object(let object): 1 + (object.members.map { depth(of: $0.value) }.max() ?? 0)
    default: 0
    }
  }
}
