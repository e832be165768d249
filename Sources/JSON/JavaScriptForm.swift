extension JSON {
  /// Appends a number as JavaScript writes it (ECMA-262, Number::toString): the shortest digits
  /// that read as the same number, plain from 10⁻⁶ up to 10²¹, else with an exponent.
  static func write(_ number: Double, to output: inout [UInt8]) {
    guard number.isFinite else { return output.append(contentsOf: "null".utf8) }
    guard number != 0 else { return output.append(UInt8(ascii: "0")) }
    if number < 0 { output.append(UInt8(ascii: "-")) }
    // Swift's own text has the same digits, with another place of the point.
    let (digits, point) = parts(of: number.magnitude)
    switch point {
    case digits.count...21:
      output.append(contentsOf: digits)
      output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: point - digits.count))
    case 1..<digits.count:
      output.append(contentsOf: digits[..<point])
      output.append(UInt8(ascii: "."))
      output.append(contentsOf: digits[point...])
    case -5...0:
      output.append(contentsOf: "0.".utf8)
      output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -point))
      output.append(contentsOf: digits)
    default:
      output.append(digits[0])
      if digits.count > 1 {
        output.append(UInt8(ascii: "."))
        output.append(contentsOf: digits[1...])
      }
      output.append(contentsOf: (point > 0 ? "e+" : "e").utf8)
      output.append(contentsOf: String(point - 1).utf8)
    }
  }

  /// The significant digits of a number over 0, and how many of them stand before the point, which
  /// is negative when zeros follow it.
  private static func parts(of number: Double) -> (digits: [UInt8], point: Int) {
    let text = Array(number.description.utf8)
    let end = text.firstIndex(of: UInt8(ascii: "e")) ?? text.count
    let exponent = Int(String(decoding: text[end...].dropFirst(), as: UTF8.self)) ?? 0
    let whole = text[..<end].firstIndex(of: UInt8(ascii: ".")) ?? end
    let all = text[..<end].filter { $0 != UInt8(ascii: ".") }
    let zeros = all.prefix { $0 == UInt8(ascii: "0") }.count
    var digits = Array(all[zeros...])
    while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
    return (digits, whole - zeros + exponent)
  }

  /// The value as it is after `JSON.parse` of JavaScript, which the service runs on: numbers have
  /// 53 bits, members whose names are whole numbers come first and in their order, and of members
  /// with the same name the last value stands at the first one's place.
  package var asJavaScriptReads: JSON {
    switch self {
    case .integer(let number) where number.magnitude > 1 << 53: .decimal(Double(number))
    case .array(let elements): .array(elements.map(\.asJavaScriptReads))
    case .object(let object): .object(object.asJavaScriptReads)
    default: self
    }
  }
}

extension JSONObject {
  fileprivate var asJavaScriptReads: JSONObject {
    var indexed: [(index: UInt32, member: Member)] = []
    var named: [Member] = []
    var places = NameTable<Int>()
    var indices: [UInt32: Int] = [:]
    for member in members {
      let member = Member(member.name, member.value.asJavaScriptReads)
      if let index = Self.arrayIndex(member.name) {
        if let place = indices[index] {
          indexed[place].member = member
        } else {
          indices[index] = indexed.count
          indexed.append((index, member))
        }
      } else if let place = places[member.name] {
        named[place] = member
      } else {
        places[member.name] = named.count
        named.append(member)
      }
    }
    return JSONObject(indexed.sorted { $0.index < $1.index }.map(\.member) + named)
  }

  /// The number that a name is: canonical, and below 2³² - 1. (ECMA-262, array index)
  private static func arrayIndex(_ name: String) -> UInt32? {
    guard name.utf8.count <= 10, name.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
      name.utf8.first != UInt8(ascii: "0") || name.utf8.count == 1
    else { return nil }
    return UInt32(name).flatMap { $0 < .max ? $0 : nil }
  }
}
