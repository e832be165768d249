/// Bytes of a text whose characters stand for one byte each, so that any byte can be written.
func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }
