/// Builds the text form of Prometheus metrics (exposition format 0.0.4).
struct Metrics {
  enum Kind: String {
    case counter, gauge, summary
  }

  private(set) var text = ""

  /// Begins a metric; its samples follow.
  mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP cloro_mock_\(name) \(help)\n# TYPE cloro_mock_\(name) \(kind.rawValue)\n"
  }

  /// Adds a sample.
  mutating func sample(_ name: String, _ value: Int64) { add(name, [], "\(value)") }

  /// Adds a sample with labels.
  mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Int64) {
    add(name, labels, "\(value)")
  }

  /// Adds a sample in seconds.
  mutating func sample(_ name: String, nanoseconds: UInt64) {
    let fraction = String(nanoseconds % 1_000_000_000)
    let zeros = String(repeating: "0", count: 9 - fraction.count)
    add(name, [], "\(nanoseconds / 1_000_000_000).\(zeros)\(fraction)")
  }

  private mutating func add(_ name: String, _ labels: [(String, String)], _ value: String) {
    text += "cloro_mock_\(name)"
    if !labels.isEmpty {
      text += "{\(labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ","))}"
    }
    text += " \(value)\n"
  }

  private static func escaped(_ value: String) -> String {
    var escaped = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
