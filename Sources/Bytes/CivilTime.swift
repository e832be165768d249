/// A moment in UTC, split into calendar fields (proleptic Gregorian calendar).
package struct CivilTime {
  package let year: Int64
  /// 1…12.
  package let month: Int64
  /// 1…31.
  package let day: Int64
  /// 0 is Sunday.
  package let weekday: Int
  package let hour: Int64
  package let minute: Int64
  package let second: Int64

  /// Splits seconds since the Unix epoch into calendar fields.
  package init(secondsSinceEpoch seconds: Int64) {
    var days = seconds / 86_400
    var rest = seconds % 86_400
    if rest < 0 {
      rest += 86_400
      days -= 1
    }
    hour = rest / 3600
    minute = rest % 3600 / 60
    second = rest % 60
    weekday = Int(((days + 4) % 7 + 7) % 7)
    // Days are counted from 1 March of year 0, in eras of 400 years, so that the leap day is the
    // last day of a year.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// The form of the `Date` field (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
  package func writeHTTPDate(to output: inout [UInt8]) {
    let weekdays: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months: [StaticString] = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    output.append(weekdays[weekday])
    output.append(", ")
    output.append(decimal: day, width: 2)
    output.append(" ")
    output.append(months[Int(month) - 1])
    output.append(" ")
    output.append(decimal: year, width: 4)
    output.append(" ")
    writeClock(to: &output)
    output.append(" GMT")
  }

  /// The form `2025-01-15T12:00:00`, without fraction and zone.
  package func writeISO8601(to output: inout [UInt8]) {
    output.append(decimal: year, width: 4)
    output.append("-")
    output.append(decimal: month, width: 2)
    output.append("-")
    output.append(decimal: day, width: 2)
    output.append("T")
    writeClock(to: &output)
  }

  private func writeClock(to output: inout [UInt8]) {
    output.append(decimal: hour, width: 2)
    output.append(":")
    output.append(decimal: minute, width: 2)
    output.append(":")
    output.append(decimal: second, width: 2)
  }
}

extension [UInt8] {
  /// Appends a number with leading zeros up to a width of at most 18 digits.
  package mutating func append(decimal value: Int64, width: Int) {
    var bound: Int64 = 10
    for _ in 1..<width { bound *= 10 }
    // At least one digit is left, which the number itself provides.
    while bound > 10, value < bound / 10 {
      append(UInt8(ascii: "0"))
      bound /= 10
    }
    append(decimal: value)
  }
}

extension CivilTime {
  /// A moment in seconds since the Unix epoch; nil when there is no such moment.
  package static func secondsSinceEpoch(
    year: Int64, month: Int64, day: Int64, hour: Int64, minute: Int64, second: Int64
  ) -> Int64? {
    guard 1...12 ~= month, 1...31 ~= day, 0...23 ~= hour, 0...59 ~= minute, 0...59 ~= second else {
      return nil
    }
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    // A day that the month doesn't have would turn into another date.
    let check = CivilTime(secondsSinceEpoch: seconds)
    return check.day == day && check.month == month ? seconds : nil
  }
}
